import { NATS_TAG } from "../harness/images/pod_images.ts";

/**
 * A NATS that no chart made, in namespace "default": a pod and a Service of this name. The files lie
 * in /etc/nats; one is nats.conf.
 */
export function natsPod(name: string, files: Readonly<Record<string, string>>) {
  const metadata = { name, namespace: "default", labels: { app: name } };
  return [
    { apiVersion: "v1", kind: "Secret", metadata, stringData: files },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: { selector: { app: name }, ports: [{ port: 4222 }] },
    },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata,
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{
          name: "nats",
          image: `docker.io/library/nats:${NATS_TAG}`,
          args: ["--config", "/etc/nats/nats.conf"],
          volumeMounts: [{ name: "files", mountPath: "/etc/nats" }],
          readinessProbe: { tcpSocket: { port: 4222 }, periodSeconds: 1 },
        }],
        volumes: [{ name: "files", secret: { secretName: name } }],
      },
    },
  ];
}
