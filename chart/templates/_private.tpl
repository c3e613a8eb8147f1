{{/* Private images: which are kept warm, and where their logins come from. */}}

{{/* The modes as words: the program's default where the value is missing; YAML takes off for false. */}}
{{- define "warm-images.privateModes" -}}
{{- $modes := (.Values.privateImages).modes -}}
{{- if kindIs "invalid" $modes -}}bytes
{{- else if $modes -}}{{- include "warm-images.words" $modes -}}
{{- else -}}off
{{- end -}}
{{- end -}}

{{/* What the controller is told. */}}
{{- define "warm-images.privateEnv" -}}
{{- $private := .Values.privateImages | default dict -}}
- name: PRIVATE_MODES
  value: {{ include "warm-images.privateModes" . | quote }}
{{- with include "warm-images.words" $private.openRegistries }}
- name: OPEN_REGISTRIES
  value: {{ . | quote }}
{{- end }}
{{- $secrets := list }}
{{- range $namespace, $names := include "warm-images.pullSecrets" . | fromYaml }}
{{- range $names }}
{{- $secrets = append $secrets (printf "%s/%s" $namespace .) }}
{{- end }}
{{- end }}
{{- with $secrets }}
- name: PULL_SECRETS
  value: {{ join " " . | quote }}
{{- end }}
{{- with include "warm-images.words" $private.nodeKeys }}
- name: NODE_KEYS
  value: {{ . | quote }}
{{- end }}
{{- if include "warm-images.nodeToken" . }}
- name: AGENT_ACCOUNT
  value: "{{ include "warm-images.namespace" (list . "agent") }}/{{ include "warm-images.serviceAccount" (list . "agent") }}"
{{- end }}
{{- end -}}

{{/* Names of the pull secrets that may be read, by namespace, as YAML; empty: none. */}}
{{- define "warm-images.pullSecrets" -}}
{{- $secrets := dict -}}
{{- range $namespace, $names := (.Values.privateImages).namespaces -}}
{{- with regexSplit "[\\s,]+" (include "warm-images.words" $names) -1 | compact | uniq -}}
{{- $_ := set $secrets $namespace . -}}
{{- end -}}
{{- end -}}
{{- with $secrets -}}{{- toYaml . -}}{{- end -}}
{{- end -}}

{{/* Whether agents show which node they are on, by a token that no API server takes. */}}
{{- define "warm-images.nodeToken" -}}
{{- if or (include "warm-images.pullSecrets" .) (include "warm-images.nodeUsers" .) -}}true{{- end -}}
{{- end -}}

{{/* Secret with logins that every node has; empty: none. */}}
{{- define "warm-images.registryLogins" -}}
{{- (.Values.agent.registryLogins).existingSecret | default "" -}}
{{- end -}}

{{/*
kubelet's credential provider plugins on nodes, as YAML; empty: none.
  config, directory: where the program sees them. What it may read and run lies at places that were
    known when it was built, which those of the presets are
  mounts: what of the node is mounted where

Bottlerocket's are those of kubelet's unit in its kubernetes packages
(github.com/bottlerocket-os/bottlerocket-core-kit).
*/}}
{{- define "warm-images.credentialProviders" -}}
{{- $given := .Values.agent.credentialProviders | default dict -}}
{{- $presets := dict
  "eks" (list "/etc/eks/image-credential-provider/config.json" "/etc/eks/image-credential-provider")
  "eks on bottlerocket" (list "/etc/kubernetes/kubelet/credential-provider-config.yaml" "/usr/libexec/kubernetes/kubelet/plugins")
  "gke" (list "/etc/srv/kubernetes/cri_auth_config.yaml" "/home/kubernetes/bin")
  "aks" (list "/var/lib/kubelet/credential-provider-config.yaml" "/var/lib/kubelet/credential-provider" "/etc/kubernetes/azure.json")
-}}
{{- $preset := $given.preset | default "" -}}
{{- $at := get $presets (printf "%s on %s" $preset .Values.agent.distribution) | default (get $presets $preset) | default list -}}
{{- $on := $at -}}
{{- if and $given.config $given.directory -}}
{{- $on = list $given.config $given.directory -}}
{{- $at = list "/etc/warm-images/credential-providers.yaml" "/etc/warm-images/credential-providers" -}}
{{- end -}}
{{- with $on -}}
{{- $config := first . -}}
{{- $mounts := list (dict "path" (index . 1) "type" "Directory" "at" (index $at 1)) -}}
{{- if not (hasPrefix (printf "%s/" (index $at 1)) (first $at)) -}}
{{- $mounts = append $mounts (dict "path" $config "type" (ternary "File" "Directory" (regexMatch "[.](json|ya?ml)$" $config)) "at" (first $at)) -}}
{{- end -}}
{{- range concat (slice . 2) ($given.files | default list) | uniq -}}
{{- $mounts = append $mounts (dict "path" . "type" "File" "at" .) -}}
{{- end -}}
{{- dict "config" (first $at) "directory" (index $at 1) "mounts" $mounts | toYaml -}}
{{- end -}}
{{- end -}}

{{/* What the agent is told. */}}
{{- define "warm-images.loginEnv" -}}
{{- if include "warm-images.registryLogins" . }}
- name: REGISTRY_LOGINS
  value: /etc/warm-images/registry-logins/config.json
{{- end }}
{{- with include "warm-images.credentialProviders" . | fromYaml }}
- name: CREDENTIAL_PROVIDERS
  value: {{ .config | quote }}
- name: CREDENTIAL_PROVIDER_DIR
  value: {{ .directory | quote }}
{{- end }}
{{- if include "warm-images.nodeToken" . }}
- name: NODE_TOKEN
  value: /var/run/secrets/warm-images/token
{{- end }}
{{- end -}}

{{/*
Volumes of the agent that hold logins. What is kubelet's has a type, for which pods wait: without one
the runtime makes an empty folder of what is missing, and kubelet would read that.
*/}}
{{- define "warm-images.loginVolumes" -}}
{{- with include "warm-images.registryLogins" . }}
- name: registry-logins
  secret:
    secretName: {{ . | quote }}
    items:
      - key: {{ $.Values.agent.registryLogins.key | default ".dockerconfigjson" | quote }}
        path: config.json
{{- end }}
{{- range $index, $mount := (include "warm-images.credentialProviders" . | fromYaml).mounts }}
- name: credential-providers-{{ $index }}
  hostPath:
    path: {{ $mount.path | quote }}
    type: {{ $mount.type }}
{{- end }}
{{- if include "warm-images.nodeToken" . }}
# Names this node and is of no use at the API server: its audience is another.
- name: node-token
  projected:
    sources:
      - serviceAccountToken:
          audience: warm-images
          expirationSeconds: 3600
          path: token
{{- if include "warm-images.nodeUsers" . }}
      # Another, as what is shown to NATS must not open logins of registries.
      - serviceAccountToken:
          audience: warm-images-nats
          expirationSeconds: 3600
          path: nats-token
{{- end }}
{{- end }}
{{- end -}}

{{/* Where they are mounted. */}}
{{- define "warm-images.loginMounts" -}}
{{- if include "warm-images.registryLogins" . }}
- name: registry-logins
  mountPath: /etc/warm-images/registry-logins
  readOnly: true
{{- end }}
{{- range $index, $mount := (include "warm-images.credentialProviders" . | fromYaml).mounts }}
- name: credential-providers-{{ $index }}
  mountPath: {{ $mount.at | quote }}
  readOnly: true
{{- end }}
{{- if include "warm-images.nodeToken" . }}
- name: node-token
  mountPath: /var/run/secrets/warm-images
  readOnly: true
{{- end }}
{{- end -}}
