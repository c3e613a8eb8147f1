import { connect } from "nats";
import { freePort } from "../ports.ts";
import { waitUntil } from "../wait.ts";
import type { NatsAccess } from "./nats_access.ts";
import { startNatsServer, type TestNats } from "./nats_server.ts";

/** Several servers that share JetStream; the n-th is tagged `zone:a`, `zone:b` and so on. */
export interface TestNatsCluster extends AsyncDisposable {
  /** Names all servers. */
  readonly access: NatsAccess;
  /** How many connections this server has of clients, its own question left out. */
  clients(url: string): Promise<number>;
  /** Stops the first server. */
  stopOne(): Promise<void>;
}

/** Starts a cluster and waits until its JetStream has a leader. */
export async function startNatsCluster(size: number): Promise<TestNatsCluster> {
  await using stack = new AsyncDisposableStack();
  const ports = Array.from({ length: size }, () => freePort());
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(", ");
  const servers: TestNats[] = [];
  for (const [at, port] of ports.entries()) {
    const config = [
      `server_name: s${at}`,
      `server_tags: ["zone:${"abcde"[at]}"]`,
      `cluster { name: c, listen: "127.0.0.1:${port}", routes: [${routes}] }`,
      "accounts {",
      "  SYS { users: [{ user: sys, password: sys }] }",
      "  A { jetstream: enabled, users: [{ user: a, password: a }] }",
      "}",
      "system_account: SYS",
    ].join("\n");
    servers.push(stack.use(await startNatsServer({ tool: "nats-server-of-chart", config })));
  }
  const login = { username: "a", password: "a" };
  const access = { urls: servers.map(({ url }) => url), bucket: "warm-images", ...login };
  await waitUntil("the cluster has a leader", () => answers(access.urls[0] ?? ""));
  const everything = stack.move();
  return {
    access,
    clients: clientsOf,
    stopOne: async () => await servers[0]?.stop(),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

async function answers(url: string): Promise<boolean> {
  const connection = await connect({ servers: url, user: "a", pass: "a", reconnect: false });
  try {
    const { streams } = await connection.jetstreamManager();
    const probe = { name: "probe", subjects: ["probe"], ["num_replicas"]: 3 };
    await streams.add(probe);
    return await streams.delete("probe");
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function clientsOf(url: string): Promise<number> {
  const connection = await connect({ servers: url, user: "sys", pass: "sys", reconnect: false });
  try {
    const { server_id: id } = connection.info ?? {};
    const answer = await connection.request(`$SYS.REQ.SERVER.${id}.CONNZ`);
    const { data } = answer.json<{ data: { num_connections: number } }>();
    return data.num_connections - 1;
  } finally {
    await connection.close();
  }
}
