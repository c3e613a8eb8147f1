/** Writes a result, or what the command is for, to standard output. */
export function printResult(text: string): void {
  write(Deno.stdout, text);
}

/** Writes to standard error: progress and complaints. */
export function printProgress(text: string): void {
  write(Deno.stderr, text);
}

function write(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text.endsWith("\n") ? text : `${text}\n`);
  while (bytes.length > 0) bytes = bytes.subarray(to.writeSync(bytes));
}
