import {
  makeApiServerCertificates,
  makeClientCertificate,
} from "../servers/api_server_certificates.ts";
import { runCommand } from "../commands.ts";
import { writeKubeconfig } from "../servers/kubeconfig.ts";
import { registryConfig } from "../servers/registry.ts";
import type { KubernetesProgram } from "../tools/go_pins.ts";
import type { KubernetesVersion } from "../tools/kubernetes_version.ts";
import { obtainKubernetes, obtainTool } from "../tools/tools.ts";
import { AUDIT_POLICY } from "./audit.ts";
import type { ClusterRecord } from "./cluster_record.ts";
import type { Daemons } from "./daemons.ts";
import { type ClusterNetwork, networkOf } from "./network.ts";
import { answersOk } from "../wait.ts";

/** All of a cluster but its nodes: etcd, control plane, name server and registry on this machine. */
export class ControlPlane {
  readonly network: ClusterNetwork;
  readonly #folder: string;
  readonly #daemons: Daemons;
  readonly #kubernetes: KubernetesVersion;

  constructor(
    folder: string,
    daemons: Daemons,
    { number, kubernetes }: Pick<ClusterRecord, "number" | "kubernetes">,
  ) {
    this.#folder = folder;
    this.#daemons = daemons;
    this.#kubernetes = kubernetes;
    this.network = networkOf(number);
  }

  get adminKubeconfig(): string {
    return `${this.#folder}/admin.kubeconfig`;
  }

  /** "10.100.0.1:5001". */
  get registry(): string {
    return `${this.network.host}:5001`;
  }

  /** File of what pods' accounts wrote, for `readAuditLog()`. */
  get auditLog(): string {
    return `${this.#folder}/log/audit.log`;
  }

  get #auditPolicy(): string {
    return `${this.#folder}/audit_policy.json`;
  }

  get #url(): string {
    return `https://${this.network.host}:6443`;
  }

  async start(): Promise<void> {
    const { host, apiService } = this.network;
    await makeApiServerCertificates(this.#folder, [
      ...[`IP:${host}`, "IP:127.0.0.1", `IP:${apiService}`, "DNS:localhost"],
      ...["DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc"],
    ]);
    await this.#kubeconfig("admin", "/O=system:masters/CN=test-admin");
    await this.#kubeconfig("controller-manager", "/CN=system:kube-controller-manager");
    await this.#kubeconfig("scheduler", "/CN=system:kube-scheduler");
    await this.#startRegistry();
    await this.#startEtcd();
    await this.startApiServer();
    await this.#startOthers();
  }

  /** A kubeconfig with everything in it, for a user that a certificate names. */
  async kubeconfigText(name: string, subject: string): Promise<string> {
    const path = await this.#kubeconfig(name, subject);
    return await Deno.readTextFile(path);
  }

  /** PEM of the authority that signs all certificates of the cluster. */
  authority(): Promise<string> {
    return Deno.readTextFile(`${this.#folder}/ca.crt`);
  }

  /** Starts kube-apiserver and waits until it is ready. */
  async startApiServer(): Promise<void> {
    await Deno.writeTextFile(this.#auditPolicy, AUDIT_POLICY);
    await this.#daemons.start("kube-apiserver", await this.#program("kube-apiserver"), {
      args: this.#apiServerArguments(),
      ready: () => this.#answers("/readyz"),
    });
  }

  #apiServerArguments(): string[] {
    const { host, serviceCidr } = this.network;
    const file = (name: string) => `${this.#folder}/${name}`;
    return [
      `--etcd-servers=http://${host}:2379`,
      `--bind-address=${host}`,
      `--advertise-address=${host}`,
      "--secure-port=6443",
      `--service-cluster-ip-range=${serviceCidr}`,
      `--tls-cert-file=${file("server.crt")}`,
      `--tls-private-key-file=${file("server.key")}`,
      `--client-ca-file=${file("ca.crt")}`,
      `--service-account-key-file=${file("account.pub")}`,
      `--service-account-signing-key-file=${file("account.key")}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction,ExtendedResourceToleration",
      `--kubelet-client-certificate=${file("admin.crt")}`,
      `--kubelet-client-key=${file("admin.key")}`,
      "--kubelet-preferred-address-types=InternalIP",
      "--allow-privileged=true",
      `--audit-policy-file=${this.#auditPolicy}`,
      `--audit-log-path=${this.auditLog}`,
      `--cert-dir=${this.#folder}`,
    ];
  }

  async #startRegistry(): Promise<void> {
    const folder = `${this.#folder}/registry`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/config.yml`, registryConfig(folder, this.registry));
    await this.#daemons.start("registry", await obtainTool("docker-registry"), {
      args: ["serve", `${folder}/config.yml`],
      ready: () => answersOk(`http://${this.registry}/v2/`),
    });
  }

  async #startEtcd(): Promise<void> {
    const { host } = this.network;
    const [client, peer] = [`http://${host}:2379`, `http://${host}:2380`];
    await this.#daemons.start("etcd", await obtainTool("etcd"), {
      args: [
        `--data-dir=${this.#folder}/etcd`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        "--unsafe-no-fsync",
      ],
      ready: () => answersOk(`${client}/health`),
    });
  }

  async #startOthers(): Promise<void> {
    const { host } = this.network;
    const kubeconfig = (name: string) => `--kubeconfig=${this.#folder}/${name}.kubeconfig`;
    await this.#daemons.start(
      "kube-controller-manager",
      await this.#program("kube-controller-manager"),
      {
        args: [
          kubeconfig("controller-manager"),
          `--service-account-private-key-file=${this.#folder}/account.key`,
          `--root-ca-file=${this.#folder}/ca.crt`,
          "--use-service-account-credentials",
          "--leader-elect=false",
          `--bind-address=${host}`,
          `--cert-dir=${this.#folder}`,
        ],
      },
    );
    await this.#daemons.start("kube-scheduler", await this.#program("kube-scheduler"), {
      args: [
        kubeconfig("scheduler"),
        "--leader-elect=false",
        `--bind-address=${host}`,
        `--cert-dir=${this.#folder}`,
      ],
    });
    await Deno.writeTextFile(`${this.#folder}/Corefile`, this.#corefile());
    await this.#daemons.start("coredns", await obtainTool("coredns"), {
      args: ["-conf", `${this.#folder}/Corefile`],
    });
  }

  #program(name: KubernetesProgram): Promise<string> {
    return obtainKubernetes(name, this.#kubernetes);
  }

  #corefile(): string {
    return `.:53 {
  bind ${this.network.host}
  errors
  kubernetes cluster.local {
    kubeconfig ${this.adminKubeconfig} test
  }
}
`;
  }

  async #kubeconfig(name: string, subject: string): Promise<string> {
    const { certFile, keyFile } = await makeClientCertificate(this.#folder, name, subject);
    const path = `${this.#folder}/${name}.kubeconfig`;
    const inline = async (file: string) => new Uint8Array(await Deno.readFile(file)).toBase64();
    await writeKubeconfig(path, {
      server: this.#url,
      user: {
        "client-certificate-data": await inline(certFile),
        "client-key-data": await inline(keyFile),
      },
      cluster: { "certificate-authority-data": await inline(`${this.#folder}/ca.crt`) },
    });
    return path;
  }

  async #answers(path: string): Promise<boolean> {
    const { code } = await runCommand(await this.#program("kubectl"), [
      `--kubeconfig=${this.adminKubeconfig}`,
      "get",
      "--raw",
      path,
    ]);
    return code === 0;
  }
}
