// Hostile types of `@std/assert`; see nothing.ts.
import type { Nothing } from "./nothing.ts";

// deno-lint-ignore no-explicit-any -- as published: whatever the constructor takes
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

export declare class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions);
}

export declare function fail(msg?: string): never;

export declare function assert(expr: unknown, msg?: string): asserts expr;

export declare function assertEquals<T>(actual: T, expected: T, msg?: string): Nothing;

export declare function assertNotEquals<T>(actual: T, expected: T, msg?: string): Nothing;

export declare function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T;

export declare function assertExists<T>(
  actual: T,
  msg?: string,
): asserts actual is NonNullable<T>;

export declare function assertMatch(actual: string, expected: RegExp, msg?: string): Nothing;

export declare function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): Nothing;

export declare function assertThrows(fn: () => unknown, msg?: string): unknown;
export declare function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;

export declare function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
export declare function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
