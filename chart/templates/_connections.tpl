{{/* How the programs reach what lies outside: proxy, authorities, and what users add to the pods. */}}

{{/*
Variables of proxy and authorities. What is inside the cluster is never asked through the proxy: kubelet
puts the API server's address in place of $(KUBERNETES_SERVICE_HOST).
Connections to NATS are plain sockets, which know no proxy.
*/}}
{{- define "warm-images.connectionEnv" -}}
{{- $proxy := .Values.proxy -}}
{{- /* Helm reads a key no without quotes as false. */ -}}
{{- $no := list -}}
{{- range list "no" "false" -}}
{{- $no = concat $no (regexSplit "[\\s,]+" (include "warm-images.words" (get $proxy .)) -1 | compact) -}}
{{- end -}}
{{- range $name, $url := dict "HTTP_PROXY" $proxy.http "HTTPS_PROXY" $proxy.https }}
{{- with $url }}
- name: {{ $name }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- if or $proxy.http $proxy.https $no }}
- name: NO_PROXY
  value: {{ concat (list "localhost" "127.0.0.1" "::1" "$(KUBERNETES_SERVICE_HOST)" ".svc" ".cluster.local") $no | uniq | join "," | quote }}
{{- end }}
{{- if include "warm-images.extraCaVolume" . }}
- name: EXTRA_CA_CERTIFICATES
  value: /etc/warm-images/extra-ca/ca.crt
{{- end }}
{{- end -}}

{{- define "warm-images.extraCaVolume" -}}
{{- $ca := .Values.extraCaCertificates -}}
{{- if or $ca.configMap $ca.secret -}}
- name: extra-ca
  {{- if $ca.configMap }}
  configMap:
    name: {{ $ca.configMap | quote }}
  {{- else }}
  secret:
    secretName: {{ $ca.secret | quote }}
  {{- end }}
    items:
      - key: {{ $ca.key | quote }}
        path: ca.crt
{{- end -}}
{{- end -}}

{{/* Volumes of a program besides its own. Usage: include "warm-images.volumes" (list . "agent") */}}
{{- define "warm-images.volumes" -}}
{{- $values := index (index . 0).Values (index . 1) -}}
{{- with include "warm-images.natsVolume" . }}
{{ . }}
{{- end }}
{{- with include "warm-images.extraCaVolume" (index . 0) }}
{{ . }}
{{- end }}
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Where they are mounted. */}}
{{- define "warm-images.volumeMounts" -}}
{{- $values := index (index . 0).Values (index . 1) -}}
{{- with include "warm-images.natsMount" . }}
{{ . }}
{{- end }}
{{- if include "warm-images.extraCaVolume" (index . 0) }}
- name: extra-ca
  mountPath: /etc/warm-images/extra-ca
  readOnly: true
{{- end }}
{{- with $values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "warm-images.checkConnections" -}}
{{- $ca := .Values.extraCaCertificates -}}
{{- if and $ca.configMap $ca.secret -}}
{{- fail "extraCaCertificates.configMap and extraCaCertificates.secret are two places for one file: keep one of them" -}}
{{- end -}}
{{- range $key, $url := pick .Values.proxy "http" "https" -}}
{{- /* The text may hold a password: it is not repeated. */ -}}
{{- if contains "@" $url -}}
{{- fail (printf "proxy.%s holds a user name or password: give %s_PROXY from a Secret in agent.extraEnv and controller.extraEnv" $key (upper $key)) -}}
{{- end -}}
{{- if and $url (not (regexMatch "(?i)^https?://[^/\\s]+/?$" $url)) -}}
{{- fail (printf "proxy.%s must be http://host:port, it is \"%s\"" $key $url) -}}
{{- end -}}
{{- end -}}
{{- end -}}
