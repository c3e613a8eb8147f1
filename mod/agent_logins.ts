import { openNodeLogins } from "./adapters/credentials/node_logins.ts";
import { readText } from "./adapters/credentials/read_text.ts";
import { openSealing } from "./adapters/sealing/hpke.ts";
import type { AgentLogins } from "./flow/agent_options.ts";
import { LoginTaker, type NodeProof } from "./flow/login_taker.ts";
import type { Sealing } from "./ports/sealing.ts";
import type { StateStore } from "./ports/state_store.ts";
import type { ProgramContext } from "./program.ts";
import type { AgentSettings } from "./pure/settings/agent_settings.ts";
import { UnusableSettingsError } from "./pure/settings/settings.ts";
import { messageOf } from "./pure/message_of.ts";

/**
 * Opens the logins by which images may be had on this node, `node` by name: its own, and those that the
 * controller gives it. Disposing ends plugins that run. Throws `UnusableSettingsError`.
 */
export async function openAgentLogins(
  settings: AgentSettings["logins"],
  { node, store, ...context }: ProgramContext & {
    readonly node: string;
    readonly store: StateStore;
  },
): Promise<AgentLogins & AsyncDisposable> {
  const sealing = openSealing();
  const proof = await proofOf(settings, sealing, context);
  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((tell) => tell());
  const own = await openNodeLogins(settings, { ...context, changed });
  const taker = proof && new LoginTaker(
    { ...context, store, sealing, proof, random: Math.random },
    node,
  );
  return {
    node: own,
    secrets: taker ?? { of: () => [] },
    async follow(how) {
      listeners.add(how.changed);
      await taker?.follow(how);
    },
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  };
}

/** Undefined: this node shows nothing, and is given nothing. */
async function proofOf(
  { nodeToken, nodeKey }: AgentSettings["logins"],
  sealing: Sealing,
  { logger, signal }: Pick<ProgramContext, "logger" | "signal">,
): Promise<NodeProof | undefined> {
  if (nodeKey !== undefined) {
    try {
      const keys = await sealing.keysOf(await readText(nodeKey, signal));
      logger.info("Read the key of this node", { fingerprint: keys.fingerprint });
      return { type: "keys", keys };
    } catch (error) {
      const fault = `Cannot use --node-key (NODE_KEY) "${nodeKey}": ${messageOf(error)}`;
      throw new UnusableSettingsError([fault], { cause: error });
    }
  }
  if (nodeToken === undefined) return undefined;
  const read = async () => {
    try {
      return await readText(nodeToken, signal);
    } catch (error) {
      throw new Error(`Cannot read --node-token (NODE_TOKEN) "${nodeToken}": ${messageOf(error)}`, {
        cause: error,
      });
    }
  };
  return { type: "token", read };
}
