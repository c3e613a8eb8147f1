/** What an image is for: names as in OCI's index (GOOS, GOARCH). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/**
 * How well an image for `offered` suits a machine: 0 is best, undefined not at all. What containerd's
 * default matcher does (`Only` and `Normalize` of github.com/containerd/platforms v1.0): on amd64 the
 * baseline and then 386, never v2 and up, as Go does not tell a processor's level; on arm64 v8, and
 * then 32-bit arm from v8 down to v5.
 */
export function platformRank(machine: Platform, offered: Platform): number | undefined {
  const wanted = textOf(normalized(offered, machine.os));
  const rank = suitable(normalized(machine, machine.os)).findIndex((each) =>
    textOf(each) === wanted
  );
  return rank < 0 ? undefined : rank;
}

/** What images of a rank are for, in containerd's words, such as `linux/arm/v7`. */
export function platformOfRank(machine: Platform, rank: number): string | undefined {
  const found = suitable(normalized(machine, machine.os))[rank];
  return found && textOf(found).replace(/\/$/, "");
}

function suitable(machine: Platform): readonly Platform[] {
  const { os, architecture } = machine;
  switch (architecture) {
    case "amd64":
      return [machine, { os, architecture: "386" }];
    case "arm64":
      return [machine, ...armUpTo(8, os)];
    case "arm":
      return armUpTo(Number(machine.variant?.slice(1)), os);
    default:
      return [machine];
  }
}

function armUpTo(version: number, os: string): Platform[] {
  return [8, 7, 6, 5].filter((each) => each <= version)
    .map((each) => ({ os, architecture: "arm", variant: `v${each}` }));
}

function normalized(platform: Platform, ownOs: string): Platform {
  const os = platform.os.toLowerCase() || ownOs;
  const variant = (platform.variant ?? "").toLowerCase();
  const architecture = platform.architecture.toLowerCase();
  switch (architecture) {
    case "i386":
      return { os, architecture: "386" };
    case "x86_64":
    case "x86-64":
    case "amd64":
      return { os, architecture: "amd64", variant: variant === "v1" ? "" : variant };
    case "aarch64":
    case "arm64":
      return { os, architecture: "arm64", variant: /^(8|v8|v8\.0)$/.test(variant) ? "" : variant };
    case "armhf":
      return { os, architecture: "arm", variant: "v7" };
    case "armel":
      return { os, architecture: "arm", variant: "v6" };
    case "arm":
      return { os, architecture, variant: `v${variant.replace(/^v/, "") || "7"}` };
    default:
      return { os, architecture, variant };
  }
}

function textOf({ os, architecture, variant = "" }: Platform): string {
  return `${os}/${architecture}/${variant}`;
}
