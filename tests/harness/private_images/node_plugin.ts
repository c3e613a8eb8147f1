import { must } from "../cluster/cluster.ts";
import type { TestCluster } from "../cluster/test_cluster.ts";
import type { LoginRegistry } from "../servers/login_registry.ts";
import { obtainPackage } from "../tools/debian_packages.ts";

/** Where nodes of EKS have kubelet's plugins and their configuration: a preset of the chart. */
export const PLUGIN_FOLDER = "/etc/eks/image-credential-provider";

/** Gives a node a credential provider plugin, as clouds do, that knows this registry's login. */
export async function installPlugin(
  test: TestCluster,
  node: string,
  { host, login }: Pick<LoginRegistry, "host" | "login">,
): Promise<void> {
  const shell = `${await obtainPackage({ name: "busybox-static", suite: "bookworm" })}/bin/busybox`;
  const api = "credentialprovider.kubelet.k8s.io/v1";
  const answer = JSON.stringify({
    kind: "CredentialProviderResponse",
    apiVersion: api,
    cacheKeyType: "Registry",
    cacheDuration: "5m",
    auth: { [host]: login },
  });
  // The agent's image has no shell: the plugin brings its own, as one of Go has all it needs in it.
  const plugin = `#!${PLUGIN_FOLDER}/busybox sh\necho '${answer}'\n`;
  const config = JSON.stringify({
    kind: "CredentialProviderConfig",
    apiVersion: "kubelet.config.k8s.io/v1",
    providers: [{
      name: "ecr-credential-provider",
      apiVersion: api,
      matchImages: [host],
      defaultCacheDuration: "5m",
    }],
  });
  const script = `mkdir -p ${PLUGIN_FOLDER} && cd ${PLUGIN_FOLDER} && cp "$1" busybox &&
printf %s "$2" >ecr-credential-provider && printf %s "$3" >config.json &&
chmod 755 busybox ecr-credential-provider`;
  await must(test.cluster.onNode(node, "sh", "-c", script, "sh", shell, plugin, config));
}
