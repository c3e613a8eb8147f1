// Prints the flag that replaces JSR packages by the stand-ins beside this file, where JSR does not
// answer: `deno test $(deno run -A tests/offline/flags.ts) …`. Prints nothing where JSR answers.
const answers = await fetch("https://jsr.io/@std/cli/meta.json", {
  signal: AbortSignal.timeout(3000),
}).then(async (response) => {
  await response.body?.cancel();
  return response.ok;
}, () => false);
if (!answers) {
  const map = new URL("import_map.json", import.meta.url);
  Deno.stdout.writeSync(
    new TextEncoder().encode(`--import-map=${decodeURIComponent(map.pathname)}`),
  );
}
