// Text of strangers, and moments and quantities in words.

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A text whose control and direction characters are written out, so that it shows what it is. */
export function shown(text: string): string {
  return text.replace(UNSEEN, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** "420 ms", "1.25 s", "3 min 05 s", "2 h 14 min", "3 d 4 h". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(Math.floor(seconds % 60))} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${two(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function power(watts: number): string {
  return Math.abs(watts) >= 1000 ? `${(watts / 1000).toFixed(watts >= 1e5 ? 0 : 1)} kW` : `${Math.round(watts)} W`;
}

export function energy(wattHours: number): string {
  return Math.abs(wattHours) >= 1000 ? `${(wattHours / 1000).toFixed(2)} kWh` : `${Math.round(wattHours)} Wh`;
}

export function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** Parts of a moment, by UTC or by the reader's own clock. */
export class Clock {
  constructor(readonly utc: boolean) {}

  day(at: number): string {
    const date = new Date(at);
    return this.utc
      ? date.toISOString().slice(0, 10)
      : `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  }

  minute(at: number): string {
    const date = new Date(at);
    return this.utc ? date.toISOString().slice(11, 16) : `${two(date.getHours())}:${two(date.getMinutes())}`;
  }

  second(at: number): string {
    return `${this.minute(at)}:${two(new Date(at).getUTCSeconds())}`;
  }

  exact(at: number): string {
    return `${this.second(at)}.${String(new Date(at).getUTCMilliseconds()).padStart(3, "0")}`;
  }

  /** Milliseconds by which this clock is ahead of UTC then. */
  offset(at: number): number {
    return this.utc ? 0 : -new Date(at).getTimezoneOffset() * 60_000;
  }

  get zone(): string {
    return this.utc ? "UTC" : "local time";
  }
}
