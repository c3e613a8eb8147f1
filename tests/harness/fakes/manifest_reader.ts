// A program for tests/adapters/manifests/stdin_real_test.ts: prints what it reads from stdin.
import { manifestSource } from "../../../mod/adapters/manifests/source.ts";
import { recordingConditions, recordingLogger } from "./quiet.ts";

const enough = new AbortController();
const source = manifestSource({
  paths: ["-"],
  logger: recordingLogger(),
  conditions: recordingConditions(),
});
await source.follow({ signal: enough.signal, changed: () => enough.abort() });
const wanted = [...source.observe().workloads]
  .map(({ name, wants }) => `${name}=${wants[0]?.written}`);
Deno.stdout.writeSync(new TextEncoder().encode(`${wanted.join(" ")}\n`));
