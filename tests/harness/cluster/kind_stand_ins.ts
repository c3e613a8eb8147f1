/** Stand-ins for Docker and its companions that write down what they were asked. */
export interface StandIns extends AsyncDisposable {
  readonly folder: string;
  /** What Deno needs to find them, and nothing of the user's own. */
  readonly env: Record<string, string>;
  /** Lines such as "docker version --format …", in the order in which they were asked. */
  calls(): Promise<string[]>;
  /** Makes a program fail from now on: when its arguments begin so, with this on standard error. */
  fail(program: string, beginning: string, words: string): Promise<void>;
}

const PROGRAMS = ["docker", "kind", "kubectl", "helm"];

/** Each answers as the real one would for a cluster "warm-images-dev" of two nodes. */
const SCRIPT = `#!/bin/sh
me=\${0##*/}
here=\${0%/bin/*}
echo "$me $*" >>"$here/calls"
if [ -f "$here/fail-$me" ]; then
  beginning=$(head -n 1 "$here/fail-$me")
  case "$*" in "$beginning"*) tail -n +2 "$here/fail-$me" >&2; exit 1 ;; esac
fi
case "$me $*" in
  "docker version"*) echo 29.0.0 ;;
  "docker ps"*) [ -f "$here/lives" ] && echo 0123456789ab; true ;;
  "kind create cluster"*)
    echo " • Preparing nodes 📦 📦  ..." >&2
    while [ $# -gt 0 ]; do
      case "$1" in --config) cp "$2" "$here/config" ;; --kubeconfig) echo "kubeconfig of kind" >"$2" ;; esac
      shift
    done
    touch "$here/lives" ;;
  "kind delete cluster"*) rm -f "$here/lives" ;;
  "kind get nodes"*) printf 'warm-images-dev-worker\\nwarm-images-dev-control-plane\\n' ;;
  "kubectl get pods"*) echo "pods by $KUBECONFIG"; exit 3 ;;
esac
`;

/** Makes them in a folder of their own. */
export async function makeStandIns(): Promise<StandIns> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-kind-" });
  await Deno.mkdir(`${folder}/bin`);
  for (const program of PROGRAMS) {
    await Deno.writeTextFile(`${folder}/bin/${program}`, SCRIPT, { mode: 0o755 });
  }
  return {
    folder,
    env: {
      PATH: `${folder}/bin:/usr/bin:/bin`,
      "WARM_IMAGES_CACHE": `${folder}/cache`,
      "WARM_IMAGES_CLUSTER": "",
    },
    calls: async () => {
      const text = await Deno.readTextFile(`${folder}/calls`).catch(() => "");
      await Deno.remove(`${folder}/calls`).catch(() => {});
      return text.split("\n").filter((line) => line !== "");
    },
    fail: (program, beginning, words) =>
      Deno.writeTextFile(`${folder}/fail-${program}`, `${beginning}\n${words}\n`),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
