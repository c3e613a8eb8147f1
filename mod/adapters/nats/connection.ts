import type { NatsConnection } from "nats";
import { NatsConnectionImpl, setTransportFactory } from "nats/lib/nats-base-client/internal_mod.js";
import type { NatsSettings, ServerAddress } from "../../pure/settings/nats_settings.ts";
import { readCredentials, readTlsMaterial } from "./credentials.ts";
import { connectReason } from "./reasons.ts";
import { type DialOptions, SocketTransport } from "./transport.ts";
import { shuffled } from "../../pure/shuffled.ts";
import { messageOf } from "../../pure/message_of.ts";

/** An open connection and the server it goes to. */
export interface Link {
  readonly connection: NatsConnection;
  readonly address: ServerAddress;
}

/** How a connection is made. */
export interface LinkOptions {
  /** Shown in the server's list of connections. */
  readonly name: string;
  /** Subject under which answers come. */
  readonly inbox: string;
  readonly signal: AbortSignal;
}

const DIAL_TIMEOUT_MS = 5000;

/**
 * A server that vanished without closing the connection is noticed after three pings: half a minute
 * instead of the library's six minutes.
 */
const PING_INTERVAL_MS = 10_000;

/**
 * Tries each server once, in random order, so that a cluster's servers share the clients. Throws an error whose message says per server why not, and what
 * to do; it is the same text as long as nothing changes. It names no secret.
 *
 * The library's own reconnecting is off: it tells nobody why an attempt failed, gives up for good
 * after two refused passwords, and cannot be ended while it dials.
 */
export async function connectToAny(
  addresses: readonly ServerAddress[],
  settings: NatsSettings,
  options: LinkOptions,
): Promise<Link> {
  const reasons = new Map<ServerAddress, string>();
  for (const address of shuffled(addresses, Math.random)) {
    options.signal.throwIfAborted();
    try {
      return { connection: await connectTo(address, settings, options), address };
    } catch (error) {
      reasons.set(address, messageOf(error));
    }
  }
  throw new Error(addresses.map((address) => reasons.get(address)).join("; "));
}

async function connectTo(
  address: ServerAddress,
  settings: NatsSettings,
  { name, inbox, signal }: LinkOptions,
): Promise<NatsConnection> {
  const [credentials, tls] = await Promise.all([
    readCredentials(settings),
    readTlsMaterial(settings),
  ]);
  const { hostname, port } = address;
  const { caFile, certFile } = settings;
  const tlsRequired = address.tls || caFile !== undefined || certFile !== undefined;
  const options: DialOptions = {
    servers: `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
    name,
    inboxPrefix: inbox,
    ...(credentials.authenticator && { authenticator: credentials.authenticator }),
    reconnect: false,
    resolve: false, // its resolver knows neither /etc/hosts nor search domains
    ignoreClusterUpdates: true,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
    dial: { signal, tls, tlsRequired },
  };
  setTransportFactory({ factory: () => new SocketTransport() });
  try {
    return await NatsConnectionImpl.connect(options);
  } catch (error) {
    throw new Error(connectReason(error, address, credentials.check), { cause: error });
  }
}
