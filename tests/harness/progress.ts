/** Tells the person who waits what is being obtained; standard output stays free for results. */
export function progress(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`tools: ${line}\n`));
}
