/** Folders of one containerd; everything it writes is below them. */
export interface ContainerdFolders {
  /** State, sockets, CNI folders. */
  readonly folder: string;
  /** Images. */
  readonly root: string;
  readonly hostsDir: string;
}

/** The file `config.toml`; `extra` is appended as it is. */
export function containerdConfig(
  generation: 2 | 3,
  { folder, root, hostsDir }: ContainerdFolders,
  extra = "",
): string {
  return `version = ${generation}
root = "${root}"
state = "${folder}/state"
disabled_plugins = ["io.containerd.nri.v1.nri"]
[grpc]
address = "${folder}/c.sock"
[ttrpc]
address = "${folder}/t.sock"
[plugins."io.containerd.internal.v1.opt"]
path = "${folder}/opt"
${generation === 2 ? criOf1x(folder, hostsDir) : criOf2x(folder, hostsDir)}
${extra}
`;
}

/** The folders of CNI are ours, as the CRI plug-in creates the usual ones in /etc. */
function criOf1x(folder: string, hostsDir: string): string {
  return `[plugins."io.containerd.grpc.v1.cri"]
disable_tcp_service = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${folder}/cni/bin"
conf_dir = "${folder}/cni/conf"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "${hostsDir}"`;
}

function criOf2x(folder: string, hostsDir: string): string {
  return `[plugins."io.containerd.grpc.v1.cri"]
disable_tcp_service = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dir = "${folder}/cni/bin"
conf_dir = "${folder}/cni/conf"
[plugins."io.containerd.cri.v1.images".registry]
config_path = "${hostsDir}"`;
}

/**
 * What to append for kubelet's containers to use this snapshotter. CRI pulls for it by itself then:
 * the transfer service of a daemon 2.x, which it uses otherwise, unpacks for the default one alone.
 */
export function snapshotterConfig(version: string, snapshotter: string): string {
  return version.startsWith("1.")
    ? `[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "${snapshotter}"
`
    : `[plugins."io.containerd.cri.v1.images"]
snapshotter = "${snapshotter}"
use_local_image_pull = true
`;
}
