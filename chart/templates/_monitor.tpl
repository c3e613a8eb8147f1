{{/*
What a PodMonitor's and a ServiceMonitor's endpoint have in common: /metrics of port "health".
Usage: include "warm-images.monitorEndpoint" .Values.podMonitor
*/}}
{{- define "warm-images.monitorEndpoint" -}}
port: health
path: /metrics
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
relabelings:
  - sourceLabels: [__meta_kubernetes_pod_node_name]
    targetLabel: node
  {{- with .relabelings }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Whose metrics: those of controller and agents, in their namespaces. */}}
{{- define "warm-images.monitorTargets" -}}
namespaceSelector:
  matchNames:
    {{- range list .Release.Namespace (include "warm-images.namespace" (list . "agent")) | uniq }}
    - {{ . }}
    {{- end }}
selector:
  matchLabels:
    app.kubernetes.io/name: {{ include "warm-images.name" . | quote }}
    app.kubernetes.io/instance: {{ .Release.Name | quote }}
  matchExpressions:
    - key: app.kubernetes.io/component
      operator: In
      values: [controller, agent]
{{- end -}}
