import { Followed, pod, TempFolder } from "../adapters/manifests/followed_manifests.ts";
import { waitUntil } from "../harness/wait.ts";
import { type SourceUnderTest, wantsSourceConformance } from "./wants_source.ts";

wantsSourceConformance("the source of manifests", missingPath);

/** Of two folders one is missing until it is revealed; it is empty then. */
async function missingPath(): Promise<SourceUnderTest> {
  const folder = new TempFolder();
  const [there, late] = [folder.at("there"), folder.at("late")];
  await Deno.mkdir(there);
  const followed = new Followed([late, there]);
  return {
    source: followed.source,
    changes: () => followed.causes.length,
    hiddenKind: "Pod",
    reveal: () => Deno.mkdir(late),
    async hide() {
      await Deno.remove(late);
      await waitUntil("it is missed", () => followed.faults().length > 0);
    },
    add: async (name) => void await folder.write(`there/${name}.yaml`, pod(name)),
    async [Symbol.asyncDispose]() {
      await followed[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
