import { runCommand } from "../commands.ts";
import { obtainPackage } from "../tools/debian_packages.ts";

/** A stand-in for a base image of the Dockerfile: its files, and what its config sets. */
export interface StandIn {
  /** The argument of the Dockerfile whose default it replaces. */
  readonly argument: "BASE_IMAGE" | "DENO_IMAGE" | "GO_IMAGE";
  /** Holds the files. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Makes stand-ins below a folder, of Debian's packages. The compilers are not in them: they are
 * mounted while a build runs, as are their caches, filled before with the registries of this machine.
 */
export async function makeStandIns(folder: string): Promise<StandIn[]> {
  const base = `${folder}/base`;
  await merge(base, DISTROLESS_CC);
  await trimAsDistroless(base);
  const deno = `${folder}/deno`;
  await merge(deno, ["libc6", "libgcc-s1"]);
  await addShell(deno);
  const go = `${folder}/go`;
  await addShell(go);
  return [
    {
      argument: "BASE_IMAGE",
      folder: base,
      env: { SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt" },
    },
    {
      argument: "DENO_IMAGE",
      folder: deno,
      env: { DENO_DIR: MOUNTS.denoDir, DENORT_BIN: MOUNTS.denort, PATH },
    },
    {
      argument: "GO_IMAGE",
      folder: go,
      env: {
        GOPATH: "/go",
        GOCACHE: MOUNTS.goCache,
        GOPROXY: `file://${MOUNTS.goModules}/cache/download`,
        GOSUMDB: "off", // they were checked when they came
        GOTOOLCHAIN: "local",
        PATH,
      },
    },
  ];
}

/** Where a build finds what is mounted. */
export const MOUNTS = {
  deno: "/usr/local/bin/deno",
  denort: "/usr/local/lib/denort",
  denoDir: "/deno-dir",
  go: "/usr/local/go",
  goModules: "/go/pkg/mod",
  goCache: "/go-build",
} as const;

const PATH = "/usr/local/go/bin:/usr/local/bin:/bin";

/** What gcr.io/distroless/cc-debian12 is made of. */
const DISTROLESS_CC = [
  "base-files",
  "netbase",
  "tzdata",
  "ca-certificates",
  "libc6",
  "libssl3",
  "gcc-12-base",
  "libgcc-s1",
  "libgomp1",
  "libstdc++6",
];

async function merge(folder: string, packages: readonly string[]): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const name of packages) {
    const files = await obtainPackage({ name, suite: "bookworm" });
    await must("cp", ["-a", `${files}/.`, folder]);
  }
}

async function trimAsDistroless(folder: string): Promise<void> {
  await must("rm", ["-rf", ...["doc", "man", "lintian"].map((at) => `${folder}/usr/share/${at}`)]);
  const authorities = `${folder}/usr/share/ca-certificates/mozilla`;
  const names = (await Array.fromAsync(Deno.readDir(authorities))).map(({ name }) => name).sort();
  const bundle = await Promise.all(
    names.map((name) => Deno.readTextFile(`${authorities}/${name}`)),
  );
  await Deno.mkdir(`${folder}/etc/ssl/certs`, { recursive: true });
  await Deno.writeTextFile(`${folder}/etc/ssl/certs/ca-certificates.crt`, bundle.join(""));
  await Deno.writeTextFile(
    `${folder}/etc/passwd`,
    "root:x:0:0:root:/root:/sbin/nologin\n" +
      "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n" +
      "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
  );
  await Deno.writeTextFile(
    `${folder}/etc/group`,
    "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n",
  );
}

/** The few commands that the Dockerfile's RUN lines need. */
async function addShell(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  await Deno.mkdir(`${folder}/tmp`);
  const busybox = await obtainPackage({ name: "busybox-static", suite: "bookworm" });
  await Deno.copyFile(`${busybox}/bin/busybox`, `${folder}/bin/busybox`);
  for (const name of ["sh", "mkdir", "mv", "find"]) {
    await Deno.symlink("busybox", `${folder}/bin/${name}`);
  }
}

async function must(command: string, args: string[]): Promise<void> {
  const { code, stderr } = await runCommand(command, args);
  if (code !== 0) throw new Error(`Cannot make the base images: ${stderr.trim()}`);
}
