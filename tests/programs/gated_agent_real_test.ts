import { assertEquals } from "@std/assert";
import { decodeReport, type ReportValue } from "../../mod/pure/bucket/agent_wire.ts";
import { reportKey } from "../../mod/pure/bucket/state_keys.ts";
import { followed } from "../harness/followed.ts";
import { printResult } from "../harness/print.ts";
import { startProcess } from "../harness/process.ts";
import {
  availableContainerds,
  containerdNeedsRoot,
  type TestContainerd,
} from "../harness/servers/containerd.ts";
import { fillBucket } from "../harness/servers/filled_bucket.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import {
  type ScriptedRegistry,
  startScriptedRegistry,
} from "../harness/servers/scripted_registry.ts";
import { startSite } from "../harness/servers/site.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { generatedLayer } from "../harness/servers/stored_blob.ts";
import { storedImage } from "../harness/servers/stored_image.ts";
import { waitUntil } from "../harness/wait.ts";

const NODE = "node-a";
const DUE = ["app-7", "app-2", "app-5"];
const OTHERS = ["app-0", "app-1", "app-3", "app-4", "app-6", "app-8", "app-9"];
const LAYER_BYTES = 3_000_000;
const BYTES_PER_SECOND = 2_000_000;

for (const version of availableContainerds()) {
  realTest(
    `a gated node with containerd ${version} pulls what is due first, and reports at once when it is there`,
    containerdNeedsRoot(),
    async () => {
      await using registry = await startSlowRegistry();
      await using site = await startSite({ version });
      await using bucket = await fillBucket(site.nats);
      const referenceOf = (name: string) => `${registry.host}/${name}:1`;
      await bucket.meta();
      for (const name of [...OTHERS, ...DUE]) {
        // By all else the others are more urgent.
        await bucket.want(referenceOf(name), { priority: OTHERS.includes(name) ? 9 : 0 });
      }
      const due = DUE.map(referenceOf);
      const until = new Date(Date.now() + 300_000).toISOString();
      await bucket.node(NODE, { uid: "uid-new", gate: { due, until } });
      await using reader = openTestStore(site.nats.settings, "reader");
      await using reports = followed(reader.store, "report.>");
      await using unpacked = await followUnpacking(site.containerd);
      const agent = await site.agent({ flags: ["--pull-parallel", "2"] });
      const report = () => reportIn(reports.held);
      const isWarm = (reference: string) => report()?.images[reference]?.state === "warm";
      await waitUntil("all due images are reported", () => due.every(isWarm), { everyMs: 5 });
      const [told, usable] = [Date.now(), unpacked.lastAt()];
      printResult(
        `containerd ${version}: last due image usable → report in the bucket: ${told - usable} ms`,
      );
      assertEquals(report()?.nodeUid, "uid-new");
      assertEquals(countOf(agent.log(), "Node takes no pods until its images are here"), 1);
      assertEquals(countOf(agent.log(), "kept from pods for are here"), 1);
      await waitUntil(
        "all images are reported",
        () => [...DUE, ...OTHERS].map(referenceOf).every(isWarm),
      );
      const asked = askedFirst(registry);
      assertEquals(new Set(asked.slice(0, 2)), new Set(DUE.slice(0, 2)));
      assertEquals(asked[2], DUE[2]);
      const last = registry.requests().findLastIndex(({ repository }) => DUE.includes(repository));
      const other = registry.requests().findIndex(({ repository }) => OTHERS.includes(repository));
      assertEquals(other > last, true, "others are asked for when all that is due has come");
    },
  );
}

async function startSlowRegistry(): Promise<ScriptedRegistry> {
  const registry = await startScriptedRegistry();
  for (const name of [...DUE, ...OTHERS]) {
    const layer = generatedLayer({ name, bytes: LAYER_BYTES });
    registry.add(`${name}:1`, storedImage(name, [layer]));
  }
  registry.script = ({ kind }) =>
    kind === "blobs" ? { fault: "slow", bytesPerSecond: BYTES_PER_SECOND } : undefined;
  return registry;
}

/** Repositories in the order in which the registry was first asked for each. */
function askedFirst(registry: ScriptedRegistry): string[] {
  const all = registry.requests().map(({ repository }) => repository);
  return [...new Set(all.filter((repository) => repository !== ""))];
}

function reportIn(held: ReadonlyMap<string, string>): ReportValue | undefined {
  const decoded = decodeReport(held.get(reportKey(NODE)) ?? "");
  return "value" in decoded ? decoded.value : undefined;
}

/** By containerd's own word, when it has done the last thing that makes an image usable. */
async function followUnpacking(containerd: TestContainerd) {
  let last = 0;
  const events = await startProcess(containerd.ctrPath, {
    args: ["-a", containerd.address, "-n", "k8s.io", "events"],
    onLine: (line) => {
      if (/ \/(snapshot\/commit|images\/)/.test(line)) last = Date.now();
    },
  });
  return { lastAt: () => last, [Symbol.asyncDispose]: () => events.stop() };
}

const countOf = (log: string, text: string): number => log.split(text).length - 1;
