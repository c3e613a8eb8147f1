import { runCommand } from "../commands.ts";

/** Addresses of one cluster; the number keeps clusters of one machine apart. */
export interface ClusterNetwork {
  /** Name of the bridge that joins this machine and the nodes. */
  readonly bridge: string;
  /** This machine on the bridge: API server, registry and name server. */
  readonly host: string;
  readonly serviceCidr: string;
  /** The first address of the services is the API server's. */
  readonly apiService: string;
  readonly podCidr: string;
  node(index: number): { readonly address: string; readonly podCidr: string };
}

/** The addresses of the cluster with that number: 10.(100 + number).0.0/16. */
export function networkOf(number: number): ClusterNetwork {
  const prefix = `10.${100 + number}`;
  return {
    bridge: `wi${number}`,
    host: `${prefix}.0.1`,
    serviceCidr: `${prefix}.128.0/20`,
    apiService: `${prefix}.128.1`,
    podCidr: `${prefix}.64.0/18`,
    node: (index) => ({
      address: `${prefix}.0.${10 + index}`,
      podCidr: `${prefix}.${64 + index}.0/24`,
    }),
  };
}

/** Numbers of clusters that may run at the same time. */
const NUMBERS = 50;

/** Makes the bridge of the first number that is free, and lets packets through it. */
export async function makeNetwork(): Promise<number> {
  for (let number = 0; number < NUMBERS; number++) {
    const { bridge, host } = networkOf(number);
    if ((await runCommand("ip", ["link", "add", bridge, "type", "bridge"])).code !== 0) continue;
    try {
      await run("ip", "addr", "add", `${host}/24`, "dev", bridge);
      await run("ip", "link", "set", bridge, "up");
      await Deno.writeTextFile("/proc/sys/net/ipv4/ip_forward", "1");
      for (const rule of forwardRules(bridge)) await run("iptables", "-I", ...rule);
      return number;
    } catch (error) {
      await removeNetwork(number);
      throw error;
    }
  }
  throw new Error(`Cannot make a network: ${NUMBERS} clusters run here already`);
}

/**
 * Removes what `makeNetwork()` made, and all cables; what is gone already does not matter. The bridge
 * goes last: while it is there, nobody else takes the number.
 */
export async function removeNetwork(number: number): Promise<void> {
  const { bridge } = networkOf(number);
  for (const rule of forwardRules(bridge)) await runCommand("iptables", ["-D", ...rule]);
  for await (const { name } of Deno.readDir("/sys/class/net")) {
    // A cable whose node has been killed stays until the kernel has cleared the namespace away.
    if (name.startsWith(cableOf(number, ""))) await runCommand("ip", ["link", "del", name]);
  }
  // The kernel removes cables of a node that was killed too, but later.
  for await (const { name } of Deno.readDir("/sys/class/net")) {
    if (name.startsWith(`${bridge}n`)) await runCommand("ip", ["link", "del", name]);
  }
  await runCommand("ip", ["link", "del", bridge]);
}

/** Joins a node to the bridge by a cable that ends in the network namespace of `pid`. */
export async function connectNode(number: number, index: number, pid: number): Promise<void> {
  const { bridge, host, node } = networkOf(number);
  const { address, podCidr } = node(index);
  const cable = cableOf(number, index);
  const inside = (...args: string[]) => run("nsenter", "--net", `--target=${pid}`, "ip", ...args);
  await run(
    ...["ip", "link", "add", cable, "type", "veth"] as const,
    ...["peer", "name", "eth0", "netns", String(pid)],
  );
  await run("ip", "link", "set", cable, "master", bridge, "up");
  await inside("link", "set", "lo", "up");
  await inside("addr", "add", `${address}/24`, "dev", "eth0");
  await inside("link", "set", "eth0", "up");
  await inside("route", "add", "default", "via", host);
  await run("ip", "route", "replace", podCidr, "via", address);
}

/** Takes away the cable of a node that has ended; the kernel does so too, but later. */
export async function disconnectNode(number: number, index: number): Promise<void> {
  await runCommand("ip", ["link", "del", cableOf(number, index)]);
}

/** The end of a node's cable on this machine. */
export function cableOf(number: number, index: number | ""): string {
  return `wi${number}n${index}`;
}

/** Docker, where it runs, lets nothing through that it does not know. */
function forwardRules(bridge: string): string[][] {
  return [
    ["FORWARD", "-i", bridge, "-j", "ACCEPT"],
    ["FORWARD", "-o", bridge, "-j", "ACCEPT"],
  ];
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await runCommand(command, args);
  if (code !== 0) throw new Error(`Cannot ${command} ${args.join(" ")}: ${stderr.trim()}`);
}
