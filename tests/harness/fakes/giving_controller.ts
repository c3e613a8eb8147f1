import type { FakeTime } from "@std/testing/time";
import { LoginTaker, type NodeProof } from "../../../mod/flow/login_taker.ts";
import { ShownBucket } from "../../../mod/flow/shown_bucket.ts";
import type { ReadPullSecret } from "../../../mod/ports/pull_secrets.ts";
import { reportKey } from "../../../mod/pure/bucket/state_keys.ts";
import { SEALED_PREFIX } from "../../../mod/pure/bucket/sealed_keys.ts";
import type { PrivateMode } from "../../../mod/pure/private_images/private_mode.ts";
import { SecretText } from "../../../mod/pure/registry_logins/secret_text.ts";
import { nodeOfToken } from "../../../mod/pure/sealed_logins/node_token.ts";
import { runPending } from "./fake_time.ts";
import { plainSealing } from "./plain_sealing.ts";
import { type Recordings, recordings } from "./quiet.ts";
import { SAMPLE_RULES, sampleNode, sampleWorkload } from "./sample_values.ts";
import {
  startController,
  type TestController,
  type TestControllerOptions,
} from "./test_controller.ts";

/** The Secret that tests read. */
export const SECRET = { namespace: "shop", name: "regcred" };
/** Its password, which must be nowhere. */
export const PASSWORD = "canary-8f2c";
/** The image that it opens. */
export const PRIVATE = "reg.lab/shop/app:1";

/** A controller that may give logins, and agents that take them. */
export interface GivingController extends TestController {
  /** By `namespace/name`; what is missing may not be read. */
  readonly secrets: Map<string, ReadPullSecret>;
  /** Names of the Secrets that were read, in order. */
  readonly reads: string[];
  /** Keys of logins that the bucket has. */
  sealed(): string[];
  /** Writes a report: images that a node has or lacks, by their states. */
  report(node: string, images: Readonly<Record<string, string>>): Promise<void>;
  /** Starts the agent of a node. */
  agent(node: string, options?: AgentOptions): Promise<TakingAgent>;
}

/** How an agent shows which node it is on. */
export interface AgentOptions {
  /** Claims of its token that are other than they should be. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  readonly proof?: NodeProof;
  readonly uid?: string;
}

/** An agent as far as it takes logins. */
export interface TakingAgent extends Recordings {
  readonly taker: LoginTaker;
  /** Images of which word came that their logins are there. */
  readonly changed: string[];
  /** What it would log in with for the image, by the Secret of these tests. */
  login(): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Starts a controller that may give what opens `PRIVATE`. */
export async function startGiving(
  time: FakeTime,
  options: TestControllerOptions & {
    readonly nodeKeys?: readonly { readonly node: string; readonly fingerprint: string }[];
  } = {},
): Promise<GivingController> {
  const { nodeKeys = [], ...rest } = options;
  const secrets = new Map<string, ReadPullSecret>([["shop/regcred", secretOf(PASSWORD, "1")]]);
  const reads: string[] = [];
  const sealing = plainSealing();
  const controller = await startController(time, {
    rules: { ...SAMPLE_RULES, private: { modes: ["bytes"], openRegistries: [] } },
    given: { pullSecrets: [SECRET], nodeKeys },
    ...rest,
    deps: (deps) => ({
      ...deps,
      shown: new ShownBucket(),
      logins: {
        sealing,
        tokens: {
          verify: (token) => Promise.resolve(nodeOfToken(JSON.parse(token), termsOf(Date.now()))),
        },
        secrets: {
          read({ namespace, name }) {
            reads.push(`${namespace}/${name}`);
            const found = secrets.get(`${namespace}/${name}`);
            return found ? Promise.resolve(found) : Promise.reject(new Error("no answer"));
          },
        },
      },
    }),
  });
  const agents: TakingAgent[] = [];
  const agent = async (node: string, how: AgentOptions = {}): Promise<TakingAgent> => {
    const uid = how.uid ?? controller.source.nodes.get(node)?.uid ?? "";
    const token = JSON.stringify({ ...claimsOf(node, uid), ...how.claims });
    const read = () => Promise.resolve(token);
    const proof = how.proof ?? { type: "token", read };
    const recorded = recordings();
    const taker = new LoginTaker({
      ...recorded,
      store: controller.bucket.another(),
      sealing,
      proof,
      clock: controller.clock,
      random: () => 0.5,
    }, node);
    const stop = new AbortController();
    const changed: string[] = [];
    const following = taker.follow({
      signal: stop.signal,
      nodeUid: () => uid,
      changed: (reference) => changed.push(reference),
    });
    await runPending(time);
    const taking = {
      ...recorded,
      taker,
      changed,
      async login() {
        const [source] = taker.of(PRIVATE, [SECRET]);
        const login = await source?.find({ signal: stop.signal });
        return login?.type === "password" ? login.password.reveal() : undefined;
      },
      async stop() {
        stop.abort();
        await following;
      },
    };
    agents.push(taking);
    return taking;
  };
  return Object.assign(controller, {
    secrets,
    reads,
    agent,
    sealed: () =>
      [...controller.bucket.values.keys()].filter((key) => key.startsWith(SEALED_PREFIX)).sort(),
    async report(node: string, images: Readonly<Record<string, string>>) {
      const since = new Date().toISOString();
      await controller.meddle(reportKey(node), {
        v: 1,
        node,
        nodeUid: controller.source.nodes.get(node)?.uid,
        agent: "1",
        at: since,
        images: Object.fromEntries(
          Object.entries(images).map(([image, state]) => [image, { state, since }]),
        ),
      });
    },
    async [Symbol.asyncDispose]() {
      for (const each of agents) await each.stop();
      await controller.stop();
    },
  });
}

/** A Secret with a login for `reg.lab`. */
export function secretOf(password: string, version: string): ReadPullSecret {
  const auths = { "reg.lab": { username: "shop", password } };
  const config = new SecretText(JSON.stringify({ auths }));
  return { result: "found", version, config };
}

const ISSUER = "https://kubernetes.default.svc";
const ACCOUNT = "warm-images/agents";

function termsOf(nowMs: number) {
  return { issuer: ISSUER, account: ACCOUNT, use: "logins", nowMs } as const;
}

function claimsOf(name: string, uid: string) {
  return {
    iss: ISSUER,
    sub: "system:serviceaccount:warm-images:agents",
    aud: ["warm-images"],
    exp: Date.now() / 1000 + 24 * 3600,
    "kubernetes.io": { node: { name, uid } },
  };
}

/** A node that lacks the image, with its agent; what it should be given is given by then. */
export async function lacking(
  controller: GivingController,
  about?: AgentOptions,
): Promise<TakingAgent> {
  await wants(controller);
  const agent = await controller.agent("n1", about);
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(10_000);
  return agent;
}

/** Pods of a marked namespace name these images, and the Secret for them. */
export async function wants(
  controller: GivingController,
  images: readonly string[] = [PRIVATE],
): Promise<void> {
  controller.source.put(
    sampleNode("n1"),
    sampleWorkload("web", images, { pullSecrets: ["regcred"] }),
  );
  mark(controller, "bytes");
  await controller.advance(2_000);
}

/** Marks the namespace of `SECRET`; undefined: takes its mark away. */
export function mark({ source }: GivingController, mode: PrivateMode | undefined): void {
  source.namespaces.set("shop", {
    name: "shop",
    skip: false,
    ...mode && { marks: { private: mode } },
  });
  source.changed();
}
