{{/* Parts that the pods have in common. */}}

{{/*
Probes of both programs. They start within a second, so the first ones come quickly.
Usage: include "warm-images.probes" (list . "agent")
*/}}
{{- define "warm-images.probes" -}}
startupProbe:
  {{- include "warm-images.probe" (append . "/livez") | nindent 2 }}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
# The program's own loop alone: a registry or NATS that is away restarts nothing.
livenessProbe:
  {{- include "warm-images.probe" (append . "/livez") | nindent 2 }}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
readinessProbe:
  {{- include "warm-images.probe" (append . "/readyz") | nindent 2 }}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end -}}

{{- define "warm-images.probe" -}}
httpGet:
  {{- with (include "warm-images.healthAddress" . | fromYaml).probe }}
  host: {{ . | quote }}
  {{- end }}
  path: {{ index . 2 }}
  port: health
{{- end -}}

{{/* Annotations of pods. Usage: include "warm-images.podAnnotations" (list . "agent") */}}
{{- define "warm-images.podAnnotations" -}}
{{- $root := index . 0 -}}
{{- $values := index $root.Values (index . 1) -}}
{{- $own := dict -}}
{{- if $root.Values.scrapeAnnotations -}}
{{- $own = dict "prometheus.io/scrape" "true" "prometheus.io/path" "/metrics" "prometheus.io/port" ($values.health.port | int | toString) -}}
{{- end -}}
{{- with merge (deepCopy $values.podAnnotations) $own -}}
{{ toYaml . }}
{{- end -}}
{{- end -}}

{{/* Where pods run; all are made for Linux. Usage: include "warm-images.scheduling" .Values.agent */}}
{{- define "warm-images.scheduling" -}}
nodeSelector:
  {{- merge (deepCopy .nodeSelector) (dict "kubernetes.io/os" "linux") | toYaml | nindent 2 }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* What all pods but the agents' are content with: the level "restricted". */}}
{{- define "warm-images.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The same for their containers. */}}
{{- define "warm-images.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
