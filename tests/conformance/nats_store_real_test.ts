import { startNatsServer } from "../harness/servers/nats_server.ts";
import { openTestStore } from "../harness/servers/nats_stores.ts";
import { reasonToSkip } from "../harness/servers/skipping.ts";
import { stateStoreConformance, type StoreUnderTest } from "./state_store.ts";

const MAX_BYTES = 64 * 1024;

for (const tool of ["nats-server", "nats-server-of-chart"] as const) {
  const reason = await reasonToSkip(tool);
  stateStoreConformance(`the NATS store on ${tool}`, () => openLab(tool), reason);
}

type Tool = "nats-server" | "nats-server-of-chart";

async function openLab(tool: Tool): Promise<StoreUnderTest> {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNatsServer({ tool, maxPayload: MAX_BYTES }));
  const controller = stack.use(openTestStore(nats.settings, "controller"));
  const agent = stack.use(openTestStore(nats.settings, "agent"));
  const untilReady = async () => {
    await controller.untilReady();
    await agent.untilReady();
  };
  const untilCut = async () => {
    await controller.untilReason("NATS");
    await agent.untilReason("NATS");
  };
  await untilReady();
  const everything = stack.move();
  return {
    store: controller.store,
    another: agent.store,
    maxBytes: MAX_BYTES,
    cut: async () => {
      await nats.stop();
      await untilCut();
    },
    restore: async () => {
      await nats.start();
      await untilReady();
    },
    wipe: async () => {
      await nats.stop();
      await untilCut();
      await nats.restart({ wipe: true });
      await untilReady();
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}
