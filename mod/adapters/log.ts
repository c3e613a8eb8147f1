import { BaseHandler, type LevelName, Logger as StdLogger, type LogRecord } from "@std/log";
import type { LogFields, Logger } from "../ports/logger.ts";
import type { LogSettings } from "../pure/settings/process_settings.ts";
import { visibleText } from "../pure/visible_text.ts";
import { withoutUnset } from "../pure/without_unset.ts";

/** What a log is opened with. */
export interface LogOptions extends LogSettings {
  /** Whether standard error is a terminal; decides the format `auto`. */
  readonly isTerminal: boolean;
  /** Where lines go, each with its line break; standard error when absent. */
  readonly write?: ((line: string) => void) | undefined;
}

/** Longest line in bytes, without its line break, so that no value can flood collectors of logs. */
const MAX_LINE_BYTES = 8192;

/** Longest text in characters; the next shorter limit is tried until the line fits. */
const CLIPS = [8192, 2048, 512, 128, 32];

const LEVELS = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
} as const satisfies Record<LogSettings["level"], LevelName>;

/**
 * Opens the log: text for people, JSON for machines. Uses the classes of `@std/log` without its
 * global registry, so that two logs in one process (as in tests) stay apart.
 */
export function openLog(options: LogOptions): Logger {
  const { level, format, isTerminal, write = writeToStderr } = options;
  const asText = format === "text" || (format === "auto" && isTerminal);
  const levelName = LEVELS[level];
  const handler = new LineHandler(levelName, asText ? textLine : jsonLine, write);
  const log = new StdLogger("warm-images", levelName, { handlers: [handler] });
  return {
    debug: (message, fields) => void log.debug(message, fields),
    info: (message, fields) => void log.info(message, fields),
    warn: (message, fields) => void log.warn(message, fields),
    error: (message, fields) => void log.error(message, fields),
  };
}

type Render = (record: LogRecord, fields: LogFields, maxChars: number) => string;

class LineHandler extends BaseHandler {
  readonly #write: (line: string) => void;

  constructor(levelName: LevelName, render: Render, write: (line: string) => void) {
    super(levelName, { formatter: (record) => fit(record, render) });
    this.#write = write;
  }

  override log(line: string): void {
    this.#write(`${line}\n`);
  }
}

function fit(record: LogRecord, render: Render): string {
  const [given] = record.args;
  const fields = isFields(given) ? withoutUnset(given) : {};
  for (const maxChars of CLIPS) {
    const line = render(record, fields, maxChars);
    if (new TextEncoder().encode(line).length <= MAX_LINE_BYTES) return line;
  }
  return render(record, { fieldsLeftOut: Object.keys(fields).length }, 512);
}

function isFields(value: unknown): value is LogFields {
  return typeof value === "object" && value !== null;
}

function jsonLine(record: LogRecord, fields: LogFields, maxChars: number): string {
  const head = {
    time: record.datetime.toISOString(),
    level: record.levelName.toLowerCase(),
    message: clip(record.msg, maxChars),
  };
  const clipped = Object.entries(fields).map(([name, value]) =>
    [name, typeof value === "string" ? clip(value, maxChars) : value] as const
  );
  // Twice: first for the order of the keys, last so that no field can pose as time or level.
  const line = { ...head, ...Object.fromEntries(clipped), ...head };
  return visibleText(JSON.stringify(line));
}

function textLine(record: LogRecord, fields: LogFields, maxChars: number): string {
  const time = record.datetime.toTimeString().slice(0, 8);
  const shown = Object.entries(fields)
    .map(([name, value]) => `${name}=${quoteIfNeeded(clip(String(value), maxChars))}`);
  const message = clip(record.msg, maxChars);
  const tail = shown.length > 0 ? `  ${shown.join(" ")}` : "";
  return visibleText(`${time} ${record.levelName.padEnd(5)} ${message}${tail}`);
}

function quoteIfNeeded(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function clip(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}…`;
}

function writeToStderr(line: string): void {
  let bytes = new TextEncoder().encode(line);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
  } catch {
    // Whoever read the log is gone: there is nowhere to say so, and pulling images matters more.
  }
}
