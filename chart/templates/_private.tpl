{{/* Private images: which are kept warm, and where their logins come from. */}}

{{/* The modes as words; YAML takes off without quotes for false. */}}
{{- define "warm-images.privateModes" -}}
{{- if .Values.privateImages.modes -}}{{- include "warm-images.words" .Values.privateImages.modes -}}{{- else -}}off{{- end -}}
{{- end -}}

{{/* What the controller is told. */}}
{{- define "warm-images.privateEnv" -}}
{{- $private := .Values.privateImages -}}
- name: PRIVATE_MODES
  value: {{ include "warm-images.privateModes" . | quote }}
{{- with include "warm-images.words" $private.openRegistries }}
- name: OPEN_REGISTRIES
  value: {{ . | quote }}
{{- end }}
{{- with include "warm-images.pullSecrets" . }}
- name: PULL_SECRETS
  value: {{ . | quote }}
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

{{/* Pull secrets that may be read, as NAMESPACE/NAME. */}}
{{- define "warm-images.pullSecrets" -}}
{{- $secrets := list -}}
{{- range $namespace, $names := .Values.privateImages.namespaces -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.words" $names) -1 | compact -}}
{{- $secrets = append $secrets (printf "%s/%s" $namespace .) -}}
{{- end -}}
{{- end -}}
{{- join " " ($secrets | uniq) -}}
{{- end -}}

{{/* Whether agents show which node they are on, by a token that no API server takes. */}}
{{- define "warm-images.nodeToken" -}}
{{- if or (include "warm-images.pullSecrets" .) (include "warm-images.nodeUsers" .) -}}true{{- end -}}
{{- end -}}

{{/* kubelet's credential provider plugins on nodes: `config` and `directory`, empty where there are none. */}}
{{- define "warm-images.credentialProviders" -}}
{{- $given := .Values.agent.credentialProviders -}}
{{- $presets := dict
  "eks" (list "/etc/eks/image-credential-provider/config.json" "/etc/eks/image-credential-provider")
  "gke" (list "/etc/srv/kubernetes/cri_auth_config.yaml" "/home/kubernetes/bin")
  "aks" (list "/var/lib/kubelet/credential-provider-config.yaml" "/var/lib/kubelet/credential-provider" "/etc/kubernetes/azure.json")
-}}
{{- $preset := get $presets $given.preset | default (list "" "") -}}
config: {{ $given.config | default (index $preset 0) | quote }}
directory: {{ $given.directory | default (index $preset 1) | quote }}
files: {{ concat (slice $preset 2) $given.files | uniq | toJson }}
# Where the program sees them: what it may read and run lies at places that were known when it was
# built, which those of the presets are.
mountedConfig: {{ ternary "/etc/warm-images/credential-providers.yaml" (index $preset 0) (not (empty $given.config)) | quote }}
mountedDirectory: {{ ternary "/etc/warm-images/credential-providers" (index $preset 1) (not (empty $given.directory)) | quote }}
{{- end -}}

{{/* What the agent is told. */}}
{{- define "warm-images.loginEnv" -}}
{{- $providers := include "warm-images.credentialProviders" . | fromYaml -}}
{{- if .Values.agent.registryLogins.existingSecret }}
- name: REGISTRY_LOGINS
  value: /etc/warm-images/registry-logins/config.json
{{- end }}
{{- if $providers.config }}
- name: CREDENTIAL_PROVIDERS
  value: {{ $providers.mountedConfig | quote }}
- name: CREDENTIAL_PROVIDER_DIR
  value: {{ $providers.mountedDirectory | quote }}
{{- end }}
{{- if include "warm-images.nodeToken" . }}
- name: NODE_TOKEN
  value: /var/run/secrets/warm-images/token
{{- end }}
{{- end -}}

{{/* Volumes of the agent that hold logins. */}}
{{- define "warm-images.loginVolumes" -}}
{{- $providers := include "warm-images.credentialProviders" . | fromYaml -}}
{{- with .Values.agent.registryLogins.existingSecret }}
- name: registry-logins
  secret:
    secretName: {{ . }}
    items:
      - key: {{ $.Values.agent.registryLogins.key }}
        path: config.json
{{- end }}
{{- if $providers.config }}
# kubelet's own; pods wait until they are there.
- name: credential-provider-config
  hostPath:
    path: {{ $providers.config | quote }}
- name: credential-providers
  hostPath:
    path: {{ $providers.directory | quote }}
    type: Directory
{{- range $index, $path := $providers.files }}
- name: credential-provider-file-{{ $index }}
  hostPath:
    path: {{ $path | quote }}
    type: File
{{- end }}
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
{{- $providers := include "warm-images.credentialProviders" . | fromYaml -}}
{{- if .Values.agent.registryLogins.existingSecret }}
- name: registry-logins
  mountPath: /etc/warm-images/registry-logins
  readOnly: true
{{- end }}
{{- if $providers.config }}
- name: credential-providers
  mountPath: {{ $providers.mountedDirectory | quote }}
  readOnly: true
{{- if not (hasPrefix (printf "%s/" $providers.mountedDirectory) $providers.mountedConfig) }}
- name: credential-provider-config
  mountPath: {{ $providers.mountedConfig | quote }}
  readOnly: true
{{- end }}
{{- range $index, $path := $providers.files }}
- name: credential-provider-file-{{ $index }}
  mountPath: {{ $path | quote }}
  readOnly: true
{{- end }}
{{- end }}
{{- if include "warm-images.nodeToken" . }}
- name: node-token
  mountPath: /var/run/secrets/warm-images
  readOnly: true
{{- end }}
{{- end -}}

{{- define "warm-images.checkPrivate" -}}
{{- $private := .Values.privateImages -}}
{{- range regexSplit "[\\s,]+" (include "warm-images.privateModes" .) -1 | compact -}}
{{- if not (has . (list "off" "bytes" "open")) -}}
{{- fail (printf "privateImages.modes: \"%s\" is no mode: bytes, open, both, or off" .) -}}
{{- end -}}
{{- end -}}
{{- $given := .Values.agent.credentialProviders -}}
{{- $providers := include "warm-images.credentialProviders" . | fromYaml -}}
{{- if ne (empty $providers.config) (empty $providers.directory) -}}
{{- fail "agent.credentialProviders takes both, config and directory, as kubelet is given them" -}}
{{- end -}}
{{- range $key, $path := pick $providers "config" "directory" -}}
{{- if and $path (not (hasPrefix "/" $path)) -}}
{{- fail (printf "agent.credentialProviders.%s must be an absolute path on the nodes, it is \"%s\"" $key $path) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What of it looks wrong, one line each. */}}
{{- define "warm-images.privateWarnings" -}}
{{- $found := list -}}
{{- $private := .Values.privateImages -}}
{{- $modes := regexSplit "[\\s,]+" (include "warm-images.privateModes" .) -1 | compact -}}
{{- $hasOpen := include "warm-images.words" $private.openRegistries -}}
{{- if and $hasOpen (not (has "open" $modes)) -}}
{{- $found = append $found "privateImages.openRegistries does nothing while privateImages.modes has no open." -}}
{{- end -}}
{{- if and (has "open" $modes) (not $hasOpen) -}}
{{- $found = append $found "privateImages.modes has open, but privateImages.openRegistries names no registry: no image will be open." -}}
{{- end -}}
{{- if and $private.namespaces (not (without $modes "off")) -}}
{{- $found = append $found "privateImages.namespaces does nothing while privateImages.modes is off." -}}
{{- end -}}
{{- if and $private.namespaces (not .Values.rbac.create) -}}
{{- $found = append $found (printf "rbac.create is false: give service account \"%s\" get on the Secrets of privateImages.namespaces yourself." (include "warm-images.serviceAccount" (list . "controller"))) -}}
{{- end -}}
{{- if not .Values.agent.relay -}}
{{- if or $private.namespaces .Values.agent.registryLogins.existingSecret (include "warm-images.credentialProviders" . | fromYaml).config -}}
{{- $found = append $found "agent.relay is false: no login is used, as it is the relay that carries them." -}}
{{- end -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}
