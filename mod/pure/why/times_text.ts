import { durationText } from "../duration_text.ts";

/** A time as people write it, and how far away it is from `wallMs`. */
export function timeText(time: string, { wallMs }: { readonly wallMs: number }): string {
  const inMs = Date.parse(time) - wallMs;
  const distance = durationText(Math.abs(inMs));
  return `${clockText(time)} (${inMs < 0 ? `${distance} ago` : `in ${distance}`})`;
}

/** An ISO time as people write it, in UTC; what is none is shown as it is. */
export function clockText(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
