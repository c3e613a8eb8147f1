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

/** A number of bytes such as `512MB` or `1Gi`; units are powers of 1024, as in NATS' configuration. */
export function byteSize(): ValueType<number> {
  return single<number>("SIZE", (value) => {
    const [, number, unit = ""] = /^(\d{1,15})([KMGT]?)(?:i?B?)$/i.exec(value) ?? [];
    const bytes = Number(number) * 1024 ** " KMGT".indexOf(unit.toUpperCase() || " ");
    return Number.isSafeInteger(bytes)
      ? { value: bytes }
      : { fault: "must be a size such as 512MB or 1Gi" };
  });
}

/** Like a size; empty or `off`, which a variable can be as well, means none, and so does 0. */
export function byteSizeOrOff(): ValueType<number | undefined> {
  const some = byteSize();
  return single<number | undefined>(`${some.placeholder}|off`, (text) => {
    if (text === "" || text === "off") return { value: undefined };
    const reading = some.read([text], "flag");
    if (!("value" in reading)) return { ...reading, fault: `${reading.fault}, or off` };
    return { value: reading.value || undefined };
  });
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

/** Like a duration; empty or `off`, which a variable can be as well, means none. */
export function durationOrOff(min: string, max: string): ValueType<number | undefined> {
  const some = duration(min, max);
  return single<number | undefined>(`${some.placeholder}|off`, (text) => {
    if (text === "" || text === "off") return { value: undefined };
    const reading = some.read([text], "flag");
    return "value" in reading ? reading : { ...reading, fault: `${reading.fault}, or off` };
  });
}

/** One of a few words, in any case. */
export function choice<const Word extends string>(words: readonly Word[]): ValueType<Word> {
  return single<Word>(words.join("|"), (given) => {
    const value = words.find((word) => word === given.toLowerCase());
    return value === undefined ? { fault: `must be one of ${words.join(", ")}` } : { value };
  });
}

/** `true` or `false`, in any case. */
export function yesOrNo(): ValueType<boolean> {
  const words = choice(["true", "false"]);
  return single(words.placeholder, (text) => {
    const reading = words.read([text], "flag");
    return "fault" in reading ? reading : { value: reading.value === "true" };
  });
}

/** `on` or `off`, in any case; `true` and `false` as well, which YAML makes of them. */
export function onOrOff(): ValueType<boolean> {
  return single("on|off", (given) => {
    const word = given.toLowerCase();
    if (word === "on" || word === "true") return { value: true };
    if (word === "off" || word === "false") return { value: false };
    return { fault: "must be on or off" };
  });
}

/** Where a server listens. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

/**
 * `host:port`, `[::1]:8080` or `:8080` (every address); empty or `off` means no server. A variable
 * cannot be empty, as an empty one counts as unset: hence `off`.
 */
export function listenAddress(): ValueType<ListenAddress | undefined> {
  return single("ADDRESS", (text) => {
    if (text === "" || text === "off") return { value: undefined };
    const parts = splitHostPort(text);
    return parts?.port === undefined
      ? { fault: "must be host:port, :port, or off" }
      : { value: { hostname: parts.hostname || "0.0.0.0", port: parts.port } };
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
function single<T>(
  placeholder: string,
  read: (text: string) => Reading<T>,
): ValueType<T> {
  return { placeholder, read: (texts) => read(texts.at(-1) ?? "") };
}

/** Splits `host:port`, whose port may be left out; `undefined` when it is neither. */
export function splitHostPort(text: string): { hostname: string; port?: number } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]*))(?::(\d{1,5}))?$/i.exec(text);
  if (!match) return undefined;
  const hostname = match[1] ?? match[2] ?? "";
  if (match[1]?.includes(":") && !URL.canParse(`http://[${hostname}]`)) return undefined;
  // Brackets around an IPv4 address do no harm: who writes them may not know which kind it is.
  if (match[1]?.includes(":") === false && !/^\d{1,3}(\.\d{1,3}){3}$/.test(hostname)) {
    return undefined;
  }
  if (match[3] === undefined) return { hostname };
  const port = Number(match[3]);
  return port >= 1 && port <= 65535 ? { hostname, port } : undefined;
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
  const values = new Map<string, T>();
  for (const item of items) {
    const reading = readItem(item);
    if ("fault" in reading) {
      return reading.hide ? reading : { fault: `"${item}" ${reading.fault}` };
    }
    values.set(JSON.stringify(reading.value), reading.value);
  }
  return { value: [...values.values()] };
}

function durationMs(text: string): number | undefined {
  const parts = /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?(?:(\d{1,9})ms)?$/.exec(text);
  if (!parts || text === "") return undefined;
  const [hours, minutes, seconds, ms] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1000 + (ms ?? 0);
}
