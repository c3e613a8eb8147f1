import { assertEquals, assertStringIncludes } from "@std/assert";
import { readPage } from "../harness/documents/pages.ts";
import { adviceFor, readSymptoms } from "../harness/documents/troubleshooting.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { repositoryFiles } from "./repository_files.ts";

const SYMPTOMS = readSymptoms(await readPage("chart/README.md"));

/** What Kubernetes, Helm and the kernel say; the cluster's tests see it said. */
const OF_OTHERS = [
  ...["ContainerCreating", "is not a socket", "permission denied", "violates PodSecurity"],
  ...["Pending", "didn't have free ports", "helm install", "additional properties", "not allowed"],
  "MountVolume.SetUp failed",
];

Deno.test("what the list of symptoms quotes of the programs is what they say", async () => {
  const files = (await repositoryFiles("mod/")).filter((path) => path.endsWith(".ts"));
  const texts = await Promise.all(files.map((path) => Deno.readTextFile(REPOSITORY + path)));
  // A sentence may be put together of several texts.
  const code = texts.join("\n").replaceAll(/["`] \+\s+["`]/g, "");
  const parts = SYMPTOMS.flatMap(({ quotes }) => quotes.flatMap((quote) => quote.split("…")));
  const unsaid = parts.map((part) => part.trim())
    .filter((part) => !OF_OTHERS.includes(part) && !code.includes(part));
  assertEquals(unsaid, []);
});

Deno.test("a text leads to the advice of the symptom that quotes it", () => {
  const [advice, ...more] = adviceFor(SYMPTOMS, "Cannot reach NATS at nats://nats:4222: refused");
  assertStringIncludes(advice ?? "", "nats.url");
  assertEquals(more, []);
  assertEquals(adviceFor(SYMPTOMS, "all is well"), []);
});
