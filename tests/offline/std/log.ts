// Stand-in for `jsr:@std/log`: what `mod/adapters/log.ts` uses of it, with the published signatures.

const LEVELS = { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 } as const;

export type LevelName = keyof typeof LEVELS;
export type LogLevel = (typeof LEVELS)[LevelName];

export interface LogRecordOptions {
  msg: string;
  args: unknown[];
  level: LogLevel;
  loggerName: string;
}

/** One message with its arguments, time and level. */
export class LogRecord {
  readonly msg: string;
  readonly level: number;
  readonly levelName: string;
  readonly loggerName: string;
  readonly #args: unknown[];
  readonly #time = Date.now();

  constructor(options: LogRecordOptions) {
    this.msg = options.msg;
    this.level = options.level;
    this.levelName = nameOf(options.level);
    this.loggerName = options.loggerName;
    this.#args = [...options.args];
  }

  get args(): unknown[] {
    return [...this.#args];
  }

  get datetime(): Date {
    return new Date(this.#time);
  }
}

export type FormatterFunction = (logRecord: LogRecord) => string;

export interface BaseHandlerOptions {
  formatter?: FormatterFunction;
}

/** Formats records of its level and above, and hands the text to `log()`. */
export abstract class BaseHandler {
  formatter: FormatterFunction;
  readonly level: LogLevel;
  readonly levelName: LevelName;

  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.levelName = levelName;
    this.level = LEVELS[levelName];
    this.formatter = options.formatter ?? (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  handle(logRecord: LogRecord): void {
    if (this.level <= logRecord.level) this.log(this.format(logRecord));
  }

  format(logRecord: LogRecord): string {
    return this.formatter(logRecord);
  }

  abstract log(msg: string): void;

  setup(): void {}

  destroy(): void {}
}

export interface LoggerOptions {
  handlers?: BaseHandler[];
}

/** Makes records of its level and above, and passes them to its handlers. */
export class Logger {
  handlers: BaseHandler[];
  readonly level: LogLevel;
  readonly loggerName: string;

  constructor(loggerName: string, levelName: LevelName, options: LoggerOptions = {}) {
    this.loggerName = loggerName;
    this.level = LEVELS[levelName];
    this.handlers = options.handlers ?? [];
  }

  debug<T>(msg: T, ...args: unknown[]): T {
    return this.#log("DEBUG", msg, args);
  }

  info<T>(msg: T, ...args: unknown[]): T {
    return this.#log("INFO", msg, args);
  }

  warn<T>(msg: T, ...args: unknown[]): T {
    return this.#log("WARN", msg, args);
  }

  error<T>(msg: T, ...args: unknown[]): T {
    return this.#log("ERROR", msg, args);
  }

  #log<T>(name: LevelName, msg: T, args: unknown[]): T {
    const level = LEVELS[name];
    if (this.level <= level) {
      const record = new LogRecord({
        msg: String(msg),
        args,
        level,
        loggerName: this.loggerName,
      });
      for (const handler of this.handlers) handler.handle(record);
    }
    return msg;
  }
}

function nameOf(level: LogLevel): LevelName {
  for (const [name, value] of Object.entries(LEVELS)) {
    if (value === level) return name as LevelName;
  }
  throw new Error(`Cannot find the name of level ${level}`);
}
