{{/* What runs the chart's own NATS, and how Kubernetes sees that it works. */}}

{{/*
Without persistence it is a Deployment: its ReplicaSet replaces a pod that is lost with its node,
while a StatefulSet waits for ever for somebody to confirm that the pod is gone. With persistence that
is what it has to do: two servers must never write one volume.
*/}}
{{- define "warm-images.natsKind" -}}
{{- ternary "StatefulSet" "Deployment" .Values.nats.persistence.enabled -}}
{{- end -}}

{{/* How long a Deployment's pod stays on a node that is gone; Kubernetes' own is five minutes. */}}
{{- define "warm-images.natsTolerations" -}}
{{- $tolerations := include "warm-images.withGateTolerations" (list . .Values.nats.tolerations) | fromYamlArray -}}
{{- if eq (include "warm-images.natsKind" .) "Deployment" -}}
{{- range list "node.kubernetes.io/not-ready" "node.kubernetes.io/unreachable" -}}
{{- $tolerations = append $tolerations (dict "key" . "operator" "Exists" "effect" "NoExecute" "tolerationSeconds" ($.Values.nats.tolerationSeconds | int)) -}}
{{- end -}}
{{- end -}}
{{- toYaml $tolerations -}}
{{- end -}}

{{/*
The server opens its client port last, when JetStream has read its store, and ends when JetStream cannot
start (server.go of nats-server 2.14, Server.Start): so a connection says that it is up. Its image
has no other program that a probe could run, and a monitoring port that kubelet reaches is open to all.
*/}}
{{- define "warm-images.natsProbes" -}}
startupProbe:
  {{- include "warm-images.natsProbe" . | nindent 2 }}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 120
livenessProbe:
  {{- include "warm-images.natsProbe" . | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  {{- include "warm-images.natsProbe" . | nindent 2 }}
  periodSeconds: 2
  timeoutSeconds: 2
{{- end -}}

{{- define "warm-images.natsProbe" -}}
{{- if .Values.nats.monitoring.enabled -}}
httpGet:
  path: /healthz?js-server-only=true
  port: monitor
{{- else -}}
tcpSocket:
  port: client
{{- end -}}
{{- end -}}

{{/*
JetStream's share of `nats.persistence.size`, in bytes: four fifths, as the file system takes some of a
volume, and the server writes anew what it compacts. A pod over its emptyDir's limit is evicted.
*/}}
{{- define "warm-images.natsStoreBytes" -}}
{{- $size := .Values.nats.persistence.size -}}
{{- $units := dict "" 1 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- $unit := regexFind "[A-Za-z]*$" $size -}}
{{- $bytes := mulf (trimSuffix $unit $size | float64) (get $units $unit | float64) -}}
{{- if or (lt $bytes 16777216.0) (gt $bytes 1152921504606846976.0) -}}
{{- fail (printf "nats.persistence.size must be from 16Mi to 1Ei, it is \"%s\"" $size) -}}
{{- end -}}
{{- mulf $bytes 0.8 | int64 -}}
{{- end -}}
