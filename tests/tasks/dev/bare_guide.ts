import type { DevSite } from "./bare_site.ts";
import type { Samples } from "./bare_samples.ts";

/** What is running, in plain words. */
export function whatRuns({ nats, registry, containerd, manifests, health }: DevSite): string {
  return `
Running, all on this machine and for as long as this command:
  nats-server      ${nats.url}: what is wanted, and what nodes report
  docker-registry  ${registry.host} with a few sample images
  containerd       ${containerd.address}: the node that is kept warm
  controller       reads ${manifests}; http://${health.controller}/readyz
  agent            pulls for the node "dev-node"; http://${health.agent}/readyz
Controller and agent start again when you change controller.ts, agent.ts or mod/.
`;
}

/** Three things to try, as commands that can be pasted. */
export function thingsToTry(site: DevSite, samples: Samples): string {
  const { containerd, manifests, health } = site;
  const ctr = `${containerd.ctrPath} -a ${containerd.address} -n k8s.io`;
  return `
Three things to try, in another terminal:

1. Name one more image, in a Deployment that is scaled to zero; then look at what the node holds:

cat > ${manifests}/cart.yaml <<'EOF'
${samples.another}EOF

${ctr} images ls

2. Take an image away, as kubelet's garbage collection would, and see it come back:

${ctr} images rm --sync ${samples.named[0]}

3. Ask both how they are, and for figures:

curl -s http://${health.controller}/readyz; curl -s http://${health.agent}/readyz
curl -s http://${health.agent}/metrics | grep ^warm_images_

Ctrl-C ends it all and leaves nothing behind.
`;
}
