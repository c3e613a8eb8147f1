import { type KubernetesClient, openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { recordingLogger } from "../fakes/quiet.ts";
import {
  type ApiServerCertificates,
  makeApiServerCertificates,
} from "./api_server_certificates.ts";
import { type ApiUser, writeKubeconfig } from "./kubeconfig.ts";
import { freePort } from "../ports.ts";
import { startProcess, type TestProcess } from "../process.ts";
import { obtainTool } from "../tools/tools.ts";
import { answersOk } from "../wait.ts";

/** How the API server is started. */
export interface ApiServerOptions {
  /** More flags for kube-apiserver. */
  readonly args?: readonly string[];
  /** Whether pods are made what their ServiceAccount says; a test has to make these then. */
  readonly admitsAccounts?: boolean;
  /** For etcd itself; etcd is what makes 410 by compaction. */
  readonly etcdArgs?: readonly string[];
}

/** A real etcd and kube-apiserver on loopback ports, without any controller or node. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  /** For kubeconfigs and tokens; removed with the server. */
  readonly folder: string;
  /** Kubeconfig of a member of system:masters, by client certificate. */
  readonly adminKubeconfig: string;
  readonly certificates: ApiServerCertificates;
  /** A client of the administrator. */
  readonly admin: KubernetesClient;
  readonly etcdUrl: string;
  /** Writes a kubeconfig for another user and returns its path. */
  kubeconfigFor(name: string, user: ApiUser): Promise<string>;
  /** Stops kube-apiserver; etcd goes on. */
  stopApi(): Promise<void>;
  /** Starts kube-apiserver on the same port; with `empty` on a new etcd that holds nothing. */
  startApi(options?: { readonly empty?: boolean }): Promise<void>;
  restart(): Promise<void>;
}

/** Starts both and waits until they are ready; throws `ToolUnavailableError` when one is missing. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const [etcd, apiserver] = [await obtainTool("etcd"), await obtainTool("kube-apiserver")];
  const folder = await Deno.makeTempDir({ prefix: "warm-images-api-" });
  const harness = new LoopbackApiServer({ etcd, apiserver }, folder, options);
  try {
    await harness.begin();
    return harness;
  } catch (error) {
    await harness[Symbol.asyncDispose]();
    throw error;
  }
}

class LoopbackApiServer implements ApiServer {
  readonly folder: string;
  readonly url: string;
  readonly #tools: { readonly etcd: string; readonly apiserver: string };
  readonly #options: ApiServerOptions;
  readonly #port = freePort();
  #etcdPort = 0;
  #etcds = 0;
  #etcd: TestProcess | undefined;
  #api: TestProcess | undefined;
  #admin: KubernetesClient | undefined;
  #certificates: ApiServerCertificates | undefined;

  constructor(
    tools: { readonly etcd: string; readonly apiserver: string },
    folder: string,
    options: ApiServerOptions,
  ) {
    this.#tools = tools;
    this.folder = folder;
    this.#options = options;
    this.url = `https://127.0.0.1:${this.#port}`;
  }

  get certificates(): ApiServerCertificates {
    if (this.#certificates === undefined) throw new Error("The API server has not begun");
    return this.#certificates;
  }

  get adminKubeconfig(): string {
    return `${this.folder}/admin.kubeconfig`;
  }

  get admin(): KubernetesClient {
    return this.#admin ??= openKubernetes({
      kubeconfig: this.adminKubeconfig,
      logger: recordingLogger(),
    });
  }

  get etcdUrl(): string {
    return `http://127.0.0.1:${this.#etcdPort}`;
  }

  async begin(): Promise<void> {
    this.#certificates = await makeApiServerCertificates(this.folder);
    const { adminCert: certFile, adminKey: keyFile } = this.#certificates;
    await this.kubeconfigFor("admin", {
      "client-certificate": certFile,
      "client-key": keyFile,
    });
    await this.#startEtcd();
    await this.startApi();
  }

  async kubeconfigFor(name: string, user: ApiUser): Promise<string> {
    const path = `${this.folder}/${name}.kubeconfig`;
    await writeKubeconfig(path, { server: this.url, caFile: this.certificates.caFile, user });
    return path;
  }

  async stopApi(): Promise<void> {
    await this.#api?.stop();
    this.#api = undefined;
  }

  async startApi(options: { readonly empty?: boolean } = {}): Promise<void> {
    if (options.empty) {
      await this.#etcd?.stop();
      await this.#startEtcd();
    }
    this.#api = await startProcess(this.#tools.apiserver, {
      args: [...this.#apiArgs(), ...this.#options.args ?? []],
      ready: () => this.#isReady(),
      readyTimeoutMs: 120_000,
    });
  }

  async restart(): Promise<void> {
    await this.stopApi();
    await this.startApi();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#admin?.[Symbol.dispose]();
    await this.stopApi();
    await this.#etcd?.stop();
    await Deno.remove(this.folder, { recursive: true });
  }

  async #startEtcd(): Promise<void> {
    this.#etcdPort = freePort();
    const peer = `http://127.0.0.1:${freePort()}`;
    this.#etcd = await startProcess(this.#tools.etcd, {
      args: [
        `--data-dir=${this.folder}/etcd${++this.#etcds}`,
        `--listen-client-urls=${this.etcdUrl}`,
        `--advertise-client-urls=${this.etcdUrl}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        "--unsafe-no-fsync",
        ...this.#options.etcdArgs ?? [],
      ],
      ready: () => answersOk(`${this.etcdUrl}/health`),
    });
  }

  async #isReady(): Promise<boolean> {
    const signal = AbortSignal.timeout(2000);
    const path =
      "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:service-account-issuer-discovery";
    await this.admin.request(path, { signal }); // RBAC's own bindings come after its roles
    return await this.admin.request("/api/v1/namespaces/default", { signal }).then(() => true);
  }

  #apiArgs(): string[] {
    const { certFile, keyFile, caFile, accountKey, accountPublicKey } = this.certificates;
    return [
      `--etcd-servers=${this.etcdUrl}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${this.#port}`,
      `--tls-cert-file=${certFile}`,
      `--tls-private-key-file=${keyFile}`,
      `--client-ca-file=${caFile}`,
      `--service-account-key-file=${accountPublicKey}`,
      `--service-account-signing-key-file=${accountKey}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-cluster-ip-range=10.96.0.0/16",
      "--authorization-mode=RBAC",
      // No controller makes the default service account that it would ask for in pods.
      ...this.#options.admitsAccounts ? [] : ["--disable-admission-plugins=ServiceAccount"],
      // 127.0.0.1 cannot be an endpoint of the service "kubernetes", and nobody needs it here.
      "--endpoint-reconciler-type=none",
      `--cert-dir=${this.folder}`,
    ];
  }
}
