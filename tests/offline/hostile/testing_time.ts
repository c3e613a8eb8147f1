// Hostile types of `@std/testing/time`; see nothing.ts.
import type { Nothing } from "./nothing.ts";

export interface DelayOptions {
  signal?: AbortSignal;
  persistent?: boolean;
}

export declare class TimeError extends Error {
  constructor(message: string);
}

export declare class FakeTime {
  constructor(start?: number | string | Date | null);
  get start(): unknown;
  get now(): unknown;
  set now(value: number);
  delay(ms: number, options?: DelayOptions): Promise<Nothing>;
  tick(ms?: number): Nothing;
  tickAsync(ms?: number): Promise<Nothing>;
  next(): unknown;
  nextAsync(): Promise<unknown>;
  runAll(): Nothing;
  runAllAsync(): Promise<Nothing>;
  runMicrotasks(): Promise<Nothing>;
  restore(): Nothing;
  static restore(): Nothing;
  [Symbol.dispose](): void;
}
