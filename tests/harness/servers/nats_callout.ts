import { nkeys } from "nats";
import { openNodeUsers } from "../../../mod/adapters/nats/auth_callout.ts";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { seedsText } from "../../../mod/pure/node_users/node_user_keys.ts";
import { recordingLogger, recordingMetrics } from "../fakes/quiet.ts";
import { never } from "../signals.ts";
import { type NatsAccess, natsSettings } from "./nats_access.ts";
import type { TokenCluster } from "./node_tokens.ts";
import { sharedNatsConfig } from "./nats_permissions.ts";

/** Keys by which logins are answered for, in a file. */
export interface CalloutKeys extends AsyncDisposable {
  readonly seedsFile: string;
  /** Configuration of a server whose controller answers for logins of nodes. */
  readonly config: string;
}

/** Makes keys, and the configuration on mod/README.md for the controller with these. */
export async function makeCalloutKeys(): Promise<CalloutKeys> {
  const [issuer, curve] = [nkeys.createAccount(), nkeys.createCurve()];
  const textOf = (seed: Uint8Array) => new TextDecoder().decode(seed);
  const seedsFile = await Deno.makeTempFile({ prefix: "warm-images-seeds-" });
  await Deno.writeTextFile(
    seedsFile,
    seedsText({ issuer: textOf(issuer.getSeed()), curve: textOf(curve.getSeed()) }),
  );
  const callout = [
    "authorization {",
    "  timeout: 4",
    "  auth_callout {",
    `    issuer: ${issuer.getPublicKey()}`,
    `    xkey: ${curve.getPublicKey()}`,
    "    auth_users: [controller]",
    "  }",
  ].join("\n");
  const config = (await sharedNatsConfig())
    .replace("authorization {", callout)
    .replace('["_INBOX.controller.>"', '["_INBOX.controller.>", "$SYS.REQ.USER.AUTH"')
    .replace('"$JS.API.INFO"', '"$SYS._INBOX.>"\n          "$JS.API.INFO"');
  return { seedsFile, config, [Symbol.asyncDispose]: () => Deno.remove(seedsFile) };
}

/** Answers as a controller does that has this access, until it is disposed of. */
export function startCallout(
  access: NatsAccess,
  { seedsFile }: Pick<CalloutKeys, "seedsFile">,
  tokens: TokenCluster["tokens"],
  name = "controller-1",
) {
  const logger = recordingLogger();
  const metrics = recordingMetrics();
  const answered = openNodeUsers(natsSettings(access), {
    ...{ seedsFile, tokens, name, logger, metrics, signal: never() },
    clock: systemClock,
    serverClock: systemClock,
  });
  return {
    metrics,
    said: () => JSON.stringify(logger.lines),
    total: (result: string) => metrics.total("warm_images_node_logins_total", { result }),
    [Symbol.asyncDispose]: () => answered[Symbol.asyncDispose](),
  };
}
