// Hostile types of `@std/async/delay`; see nothing.ts.
import type { Nothing } from "./nothing.ts";

export interface DelayOptions {
  signal?: AbortSignal;
  persistent?: boolean;
}

export declare function delay(ms: number, options?: DelayOptions): Promise<Nothing>;
