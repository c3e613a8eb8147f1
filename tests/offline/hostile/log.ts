// Hostile types of `@std/log`; see nothing.ts.
import type { Nothing } from "./nothing.ts";

export type LevelName = "NOTSET" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "CRITICAL";
export type LogLevel = 0 | 10 | 20 | 30 | 40 | 50;

// deno-lint-ignore no-explicit-any -- as published: every function
export type GenericFunction = (...args: any[]) => any;

export interface LogRecordOptions {
  msg: string;
  args: unknown[];
  level: LogLevel;
  loggerName: string;
}

export declare class LogRecord {
  constructor(options: LogRecordOptions);
  readonly msg: string;
  readonly level: number;
  readonly levelName: string;
  readonly loggerName: string;
  get args(): unknown[];
  get datetime(): Date;
}

export type FormatterFunction = (logRecord: LogRecord) => string;

export interface BaseHandlerOptions {
  formatter?: FormatterFunction;
}

export declare abstract class BaseHandler {
  constructor(levelName: LevelName, options?: BaseHandlerOptions);
  get formatter(): Nothing;
  set formatter(formatter: FormatterFunction);
  get level(): Nothing;
  set level(level: LogLevel);
  get levelName(): Nothing;
  set levelName(levelName: LevelName);
  handle(logRecord: LogRecord): Nothing;
  format(logRecord: LogRecord): Nothing;
  abstract log(msg: string): void;
  setup(): Nothing;
  destroy(): Nothing;
  [Symbol.dispose](): void;
}

export interface LoggerOptions {
  handlers?: BaseHandler[];
}

export declare class Logger {
  constructor(loggerName: string, levelName: LevelName, options?: LoggerOptions);
  get handlers(): Nothing;
  set handlers(handlers: BaseHandler[]);
  get level(): Nothing;
  set level(level: LogLevel);
  get levelName(): Nothing;
  set levelName(levelName: LevelName);
  get loggerName(): Nothing;
  debug<T>(msg: T extends GenericFunction ? never : T, ...args: unknown[]): Nothing;
  info<T>(msg: T extends GenericFunction ? never : T, ...args: unknown[]): Nothing;
  warn<T>(msg: T extends GenericFunction ? never : T, ...args: unknown[]): Nothing;
  error<T>(msg: T extends GenericFunction ? never : T, ...args: unknown[]): Nothing;
  critical<T>(msg: T extends GenericFunction ? never : T, ...args: unknown[]): Nothing;
}
