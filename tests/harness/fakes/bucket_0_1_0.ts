/**
 * A bucket as controller and agent of version 0.1.0 left it, recorded with the fakes of its own
 * repository (commit 6f9d880): one node, an image that is warm, and one that is denied.
 */
export const BUCKET_0_1_0: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "meta": {
      "v": 1,
      "source": "kubernetes",
      "writer": "controller-0",
      "since": "2026-01-01T00:00:00.000Z",
    },
    "node.n1": {
      "v": 1,
      "name": "n1",
      "uid": "uid-n1",
      "labels": { "zone": "a" },
      "taints": [{ "key": "gpu", "value": "yes", "effect": "NoSchedule" }],
      "architecture": "amd64",
      "os": "linux",
      "unschedulable": false,
      "skip": false,
    },
    "why.reg.lab/app=3A1": {
      "v": 1,
      "count": 1,
      "reasons": [{ "kind": "Deployment", "namespace": "shop", "name": "web" }],
    },
    "wanted.reg.lab/db=3A1": {
      "v": 1,
      "reference": "reg.lab/db:1",
      "priority": 0,
      "placements": [{ "tolerations": [{ "operator": "Exists" }] }],
      "pullSecrets": [],
    },
    "why.reg.lab/db=3A1": {
      "v": 1,
      "count": 1,
      "reasons": [{ "kind": "Deployment", "namespace": "shop", "name": "db" }],
    },
    "wanted.reg.lab/app=3A1": {
      "v": 1,
      "reference": "reg.lab/app:1",
      "priority": 7,
      "placements": [{
        "nodeSelector": { "zone": "a" },
        "affinity": [{
          "matchExpressions": [{ "key": "zone", "operator": "In", "values": ["a", "b"] }],
        }],
        "tolerations": [{ "key": "gpu", "operator": "Exists" }],
        "os": "linux",
      }],
      "pullSecrets": [{ "namespace": "shop", "name": "login" }],
      "neededBy": "2026-01-01T00:00:00.000Z",
      "sizeBytes": 42,
    },
    "report.n1": {
      "v": 1,
      "node": "n1",
      "agent": "0.1.0",
      "at": "2026-01-01T00:00:06.000Z",
      "images": {
        "reg.lab/app:1": {
          "state": "warm",
          "since": "2026-01-01T00:00:01.000Z",
          "bytes": 42,
          "pullSeconds": 0,
        },
        "reg.lab/db:1": {
          "state": "failed",
          "since": "2026-01-01T00:00:01.000Z",
          "reason": "denied: Scripted failure of reg.lab/db:1",
        },
      },
      "runtime": { "client": "1.7.24", "server": "1.7.24" },
      "disk": { "usedPercent": 10, "freeBytes": 1000000000 },
    },
  }).map(([key, value]) => [key, JSON.stringify(value)]),
);
