// A connector drawn: the charger, its cable, and the vehicle where one is plugged in.

export function Drawing({ status, isPlugged, soc, isFlowing }: { status: string; isPlugged: boolean; soc: number | null; isFlowing: boolean }) {
  const told = isPlugged ? `A vehicle is plugged in${soc === null ? "" : `, ${Math.round(soc)} % charged`}${isFlowing ? ", and power flows" : ""}` : "No vehicle is plugged in";
  return (
    <svg class="drawing" viewBox="0 0 260 92" role="img" aria-label={told}>
      <line x1="6" y1="84" x2="254" y2="84" class="ground" />
      <g class="station">
        <rect x="18" y="14" width="40" height="70" rx="6" />
        <rect x="25" y="21" width="26" height="17" rx="2.5" class="screen" />
        <circle cx="38" cy="60" r="6.5" class="lamp" />
        {status === "Faulted" && <path d="M38 23.5l7 12.5H31z" class="warning" />}
      </g>
      {isPlugged ? (
        <>
          <path d="M58 52c26 0 20 24 52 22 14-1 16-16 32-19" class={isFlowing ? "cable flows" : "cable"} />
          <Vehicle soc={soc} />
        </>
      ) : (
        <>
          <path d="M58 48c22 0 20 28 4 29-9 .6-10-9-4-12" class="cable" />
          <path d="M120 66h22m22 0h24m22 0h14" class="bay" />
        </>
      )}
    </svg>
  );
}

const BATTERY_WIDTH = 58;

function Vehicle({ soc }: { soc: number | null }) {
  return (
    <g class="vehicle">
      <path d="M142 74v-17c0-5 3-8 8-9l14-3 15-15c3-3 6-4 10-4h26c4 0 7 1 9 5l10 15 9 3c4 1 6 4 6 8v17z" />
      <path d="M172 45l11-11c2-2 4-2.5 6-2.5h9V45zM203 31.5h11c3 0 5 1 6 3l6 10.5h-23z" class="glass" />
      <circle cx="165" cy="75" r="9" class="wheel" />
      <circle cx="226" cy="75" r="9" class="wheel" />
      <rect x="166" y="52" width={BATTERY_WIDTH} height="9" rx="2.5" class="battery" />
      {soc !== null && <rect x="167.5" y="53.5" width={Math.max(1, ((BATTERY_WIDTH - 3) * soc) / 100)} height="6" rx="1.5" class="charge" />}
    </g>
  );
}
