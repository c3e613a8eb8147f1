/** Whoever read standard output is gone, as `head` once it has its lines. */
export class OutputClosedError extends Error {
  override readonly name = "OutputClosedError";
}

/** Somewhere to print to, such as `Deno.stdout`. */
export interface Printed {
  writeSync(bytes: Uint8Array): number;
}

/**
 * Prints lines for a person, such as help: not log lines. Throws `OutputClosedError` when nobody
 * reads them any more.
 */
export function print(to: Printed, text: string): void {
  write(to, text.endsWith("\n") ? text : `${text}\n`);
}

/** The same without a line break of its own. */
export function write(to: Printed, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    throw new OutputClosedError("Nobody reads the output any more", { cause: error });
  }
}
