import type { Reading, ValueType } from "./settings_table.ts";

/** Any text but the empty one; with a `pattern`, text that matches it. */
export function text(
  placeholder: string,
  options: { readonly pattern?: RegExp; readonly fault?: string } = {},
): ValueType<string> {
  const { pattern = /./s, fault = "must not be empty" } = options;
  return single<string>(placeholder, (value) => pattern.test(value) ? { value } : { fault });
}

/** A path that does not depend on the working directory. */
export function absolutePath(placeholder = "PATH"): ValueType<string> {
  return text(placeholder, { pattern: /^\//, fault: "must be an absolute path" });
}

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): ValueType<number> {
  return single<number>("N", (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    return number >= min && number <= max
      ? { value: number }
      : { fault: `must be a whole number from ${min} to ${max}` };
  });
}

/** A share from 1 to 99; a percent sign may follow. */
export function percent(): ValueType<number> {
  const number = wholeNumber(1, 99);
  return single("PERCENT", (value) => number.read([value.replace(/%$/, "")], "flag"));
}

/** A time such as `30s`, `10m`, `1h30m` or `500ms`, in milliseconds. */
export function duration(min: string, max: string): ValueType<number> {
  return single<number>("DURATION", (value) => {
    const ms = durationMs(value);
    if (ms === undefined) return { fault: "must be a duration such as 30s, 10m or 1h30m" };
    return ms >= (durationMs(min) ?? 0) && ms <= (durationMs(max) ?? Infinity)
      ? { value: ms }
      : { fault: `must be from ${min} to ${max}` };
  });
}

/** One of a few words, in any case. */
export function choice<const Word extends string>(words: readonly Word[]): ValueType<Word> {
  return single<Word>(words.join("|"), (given) => {
    const value = words.find((word) => word === given.toLowerCase());
    return value === undefined ? { fault: `must be one of ${words.join(", ")}` } : { value };
  });
}

/** What may be an item of a list: the value it stands for, or why it is none. */
export type ReadItem<T> = (item: string) => Reading<T>;

/** Items separated by spaces or commas; several flags add up; each item counts once. */
export function list<T>(
  placeholder: string,
  readItem: ReadItem<T>,
  options: { readonly atLeastOne?: boolean } = {},
): ValueType<readonly T[]> {
  return {
    placeholder,
    read: (texts) => readItems(texts.flatMap(splitList), readItem, options.atLeastOne ?? false),
  };
}

/** Like a list, but each flag is one item as it stands: it may hold spaces and commas. */
export function repeated(placeholder: string): ValueType<readonly string[]> {
  const anything: ReadItem<string> = (value) => value ? { value } : { fault: "must not be empty" };
  return {
    placeholder,
    read: (texts, from) =>
      readItems(from === "flag" ? texts : texts.flatMap(splitList), anything, false),
  };
}

/** A type of one value: the last one given counts. */
export function single<T>(
  placeholder: string,
  read: (text: string) => Reading<T>,
): ValueType<T> {
  return { placeholder, read: (texts) => read(texts.at(-1) ?? "") };
}

function splitList(text: string): string[] {
  return text.split(/[\s,]+/).filter((item) => item !== "");
}

function readItems<T>(
  items: readonly string[],
  readItem: ReadItem<T>,
  atLeastOne: boolean,
): Reading<readonly T[]> {
  if (atLeastOne && items.length === 0) return { fault: "must name at least one" };
  const values = new Set<T>();
  for (const item of items) {
    const reading = readItem(item);
    if ("fault" in reading) {
      return reading.hide ? reading : { fault: `"${item}" ${reading.fault}` };
    }
    values.add(reading.value);
  }
  return { value: [...values] };
}

function durationMs(text: string): number | undefined {
  const parts = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?(?:(\d{1,9})ms)?$/.exec(text);
  if (!parts || text === "") return undefined;
  const [hours, minutes, seconds, ms] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000 + (ms ?? 0);
}
