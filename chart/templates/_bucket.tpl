{{/*
How the controller makes the bucket and keeps it. In the chart's own NATS it has a limit below that of
the server, which refuses everything once it is reached, and leaves agents' beats no room.
*/}}
{{- define "warm-images.bucketEnv" -}}
{{- $nats := .Values.nats -}}
{{- $maxBytes := $nats.maxBytes -}}
{{- if not (include "warm-images.givenUrl" .) -}}
{{- $maxBytes = default (mulf (include "warm-images.natsStoreBytes" . | float64) 0.75 | int64 | toString) $maxBytes -}}
{{- end -}}
{{- with $nats.replicas }}
- name: NATS_REPLICAS
  value: {{ . | quote }}
{{- end }}
{{- with $maxBytes }}
- name: NATS_MAX_BYTES
  value: {{ . | quote }}
{{- end }}
{{- with $nats.placement.cluster }}
- name: NATS_PLACEMENT_CLUSTER
  value: {{ . | quote }}
{{- end }}
{{- with include "warm-images.words" $nats.placement.tags }}
- name: NATS_PLACEMENT_TAGS
  value: {{ . | quote }}
{{- end }}
{{- end -}}
