// A program for tests/adapters/manifests/stdin_real_test.ts: prints what it reads from stdin.
import { manifestSource } from "../../../mod/adapters/manifests/source.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { recordingConditions, recordingLogger } from "./quiet.ts";
import { seenBy } from "./seen.ts";

const enough = new AbortController();
const source = manifestSource({
  paths: ["-"],
  kinds: new KindChoice(["auto"]),
  logger: recordingLogger(),
  conditions: recordingConditions(),
});
await source.follow({ signal: enough.signal, changed: () => enough.abort() });
const wanted = seenBy(source).workloads
  .map(({ name, shapes }) => `${name}=${shapes[0]?.wants[0]?.written}`);
Deno.stdout.writeSync(new TextEncoder().encode(`${wanted.join(" ")}\n`));
