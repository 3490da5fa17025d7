// Quantities and moments as text, the same everywhere.

/** "7.4 kW"; below 1 kW in watts, from 1 MW in megawatts. */
export function power(watts: number): string {
  if (Math.abs(watts) >= 1e6) return `${(watts / 1e6).toFixed(2)} MW`;
  if (Math.abs(watts) >= 1e3) return `${(watts / 1e3).toFixed(1)} kW`;
  return `${Math.round(watts)} W`;
}

export function energy(wattHours: number): string {
  return `${(wattHours / 1e3).toFixed(2)} kWh`;
}

export function percent(value: number): string {
  return `${Math.round(value)} %`;
}

export function clock(moment: string | Date | null | undefined): string {
  return moment ? new Date(moment).toLocaleTimeString(undefined, { hour12: false }) : "";
}

export function preciseClock(moment: string | null | undefined): string {
  if (!moment) return "";
  const date = new Date(moment);
  return `${clock(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

export function dayAndClock(moment: string | null | undefined): string {
  return moment ? new Date(moment).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium", hour12: false }) : "";
}

/** "1 charger", "2 chargers", "5,000 chargers". */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** "3 s", "2 min", "1 h 05 min" since then. */
export function since(moment: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(moment)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
