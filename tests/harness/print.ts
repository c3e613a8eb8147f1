/** Writes a result, or what the command is for, to standard output. */
export function printResult(text: string): void {
  write(Deno.stdout, asLines(text));
}

/** Passes a piece of somebody else's output on to standard output, as it is. */
export function printPiece(text: string): void {
  write(Deno.stdout, text);
}

/** Writes to standard error: progress and complaints. */
export function printProgress(text: string): void {
  write(Deno.stderr, asLines(text));
}

function asLines(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

function write(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
}
