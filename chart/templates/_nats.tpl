{{/* How the programs reach NATS and log in. */}}

{{- define "warm-images.givenUrl" -}}
{{- include "warm-images.value" (list . "nats" "url" "") -}}
{{- end -}}
{{- define "warm-images.username" -}}
{{- include "warm-images.value" (list . "nats" "username" "") -}}
{{- end -}}
{{- define "warm-images.password" -}}
{{- include "warm-images.value" (list . "nats" "password" "") -}}
{{- end -}}

{{- define "warm-images.natsUrl" -}}
{{- default (printf "nats://%s-nats.%s.svc:4222" (include "warm-images.fullname" .) .Release.Namespace) (include "warm-images.givenUrl" .) -}}
{{- end -}}

{{/* Whether each node has a user of its own at the chart's NATS. */}}
{{- define "warm-images.nodeUsers" -}}
{{- if and (.Values.nats.nodeUsers).enabled (not (include "warm-images.givenUrl" .)) -}}true{{- end -}}
{{- end -}}

{{/* Whether all nodes have one user there. */}}
{{- define "warm-images.agentUser" -}}
{{- if or (not (include "warm-images.nodeUsers" .)) (.Values.nats.nodeUsers).keepAgentUser -}}true{{- end -}}
{{- end -}}

{{/*
How a component logs in, as YAML:
  type: none, password, token, creds, or node: the token of the agent's own account
  secret: the Secret with it; own: whether that Secret is an object of the chart
  username: the user's name; absent: it is in the Secret
  keys: names of keys in the Secret
*/}}
{{- define "warm-images.login" -}}
{{- $root := index . 0 -}}
{{- $component := index . 1 -}}
{{- $nats := $root.Values.nats -}}
{{- $existing := $nats.existingSecret -}}
{{- $username := include "warm-images.username" $root -}}
{{- if and (eq $component "agent") $nats.agentExistingSecret -}}
{{- $existing = $nats.agentExistingSecret -}}
{{- $username = "" -}}
{{- end -}}
{{- $own := dict "own" true "secret" (printf "%s-%s-nats" (include "warm-images.fullname" $root) $component) "keys" (dict "password" "password" "token" "token") -}}
{{- if and (eq $component "agent") (include "warm-images.nodeUsers" $root) -}}
{{- dict "type" "node" "own" false | toYaml -}}
{{- else if include "warm-images.madeUp" . -}}
{{- $agents := eq $component "agent" -}}
{{- $made := printf "%s-%s" (include "warm-images.fullname" $root) (ternary "agent-login" "nats-logins" $agents) -}}
{{- dict "type" "password" "own" false "secret" $made "username" $component "keys" (dict "password" (ternary "password" $component $agents)) | toYaml -}}
{{- else if not (include "warm-images.givenUrl" $root) -}}
{{- merge (dict "type" "password" "username" $component) $own | toYaml -}}
{{- else if $existing -}}
{{- dict "type" $nats.login "own" false "secret" $existing "username" $username "keys" $nats.secretKeys | toYaml -}}
{{- else if $username -}}
{{- merge (dict "type" "password" "username" $username) $own | toYaml -}}
{{- else if $nats.token -}}
{{- merge (dict "type" "token" "username" "") $own | toYaml -}}
{{- else -}}
{{- dict "type" "none" "own" false | toYaml -}}
{{- end -}}
{{- end -}}

{{/*
Whether the login of a component is made up, which no template can do: rendered without the cluster it
would differ each time. A Job does it (logins-job.yaml). Usage: include "warm-images.madeUp" (list . "agent")
*/}}
{{- define "warm-images.madeUp" -}}
{{- $root := index . 0 -}}
{{- if not (or (include "warm-images.givenUrl" $root) (index $root.Values.nats.passwords (index . 1))) -}}
true
{{- end -}}
{{- end -}}

{{/* The chart's own NATS as the API names its kind: the Job has it restarted when logins changed. */}}
{{- define "warm-images.natsWorkload" -}}
{{ include "warm-images.natsKind" . | lower }}s
{{- end -}}

{{/* Configuration of the chart's own NATS: its text, and a piece with the password of each user. */}}
{{- define "warm-images.natsConfigSources" -}}
{{- $nats := printf "%s-nats" (include "warm-images.fullname" .) -}}
- configMap:
    name: {{ $nats }}
    items:
      - key: nats.conf
        path: nats.conf
{{- $users := list "controller" }}
{{- if include "warm-images.agentUser" . }}
{{- $users = append $users "agent" }}
{{- end }}
{{- if include "warm-images.nodeUsers" . }}
- secret:
    name: {{ $nats }}-logins
    items:
      - key: node-users.conf
        path: logins/node-users.conf
{{- end }}
{{- range $user := $users }}
- secret:
    name: {{ $nats }}{{ if include "warm-images.madeUp" (list $ $user) }}-logins{{ end }}
    items:
      - key: {{ $user }}.conf
        path: logins/{{ $user }}.conf
{{- end }}
{{- end -}}

{{/* Secrets come as files: they are read at each connect, so a new one needs no restart. */}}
{{- define "warm-images.natsEnv" -}}
{{- $root := index . 0 -}}
{{- $login := include "warm-images.login" . | fromYaml -}}
{{- $tls := $root.Values.nats.tls -}}
- name: NATS_URL
  value: {{ include "warm-images.natsUrl" $root | quote }}
- name: NATS_BUCKET
  value: {{ $root.Values.nats.bucket | quote }}
{{- if eq $login.type "password" }}
- name: NATS_USERNAME
  {{- if $login.username }}
  value: {{ $login.username | quote }}
  {{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ $login.secret | quote }}
      key: {{ $login.keys.username | quote }}
  {{- end }}
- name: NATS_PASSWORD_FILE
  value: /etc/warm-images/nats/password
{{- else if eq $login.type "token" }}
- name: NATS_TOKEN_FILE
  value: /etc/warm-images/nats/token
{{- else if eq $login.type "node" }}
- name: NATS_TOKEN_FILE
  value: /var/run/secrets/warm-images/nats-token
{{- else if eq $login.type "creds" }}
- name: NATS_CREDS_FILE
  value: /etc/warm-images/nats/creds
{{- end }}
{{- if and (eq (index . 1) "controller") (include "warm-images.nodeUsers" $root) }}
- name: NODE_USERS
  value: /etc/warm-images/nats/node-users
{{- end }}
{{- if and $tls.existingSecret $tls.secretKeys.ca }}
- name: NATS_CA_FILE
  value: /etc/warm-images/nats/ca.crt
{{- end }}
{{- if $tls.clientCertificate }}
- name: NATS_CERT_FILE
  value: /etc/warm-images/nats/tls.crt
- name: NATS_KEY_FILE
  value: /etc/warm-images/nats/tls.key
{{- end }}
{{- end -}}

{{/* The volume with the files named above; empty when there are none. */}}
{{- define "warm-images.natsVolume" -}}
{{- $root := index . 0 -}}
{{- $login := include "warm-images.login" . | fromYaml -}}
{{- $tls := $root.Values.nats.tls -}}
{{- $hasLogin := not (has $login.type (list "none" "node")) -}}
{{- if or $hasLogin $tls.existingSecret -}}
- name: nats
  projected:
    defaultMode: 0440
    sources:
      {{- if and (eq (index . 1) "controller") (include "warm-images.nodeUsers" $root) }}
      - secret:
          name: {{ include "warm-images.fullname" $root }}-nats-logins
          items:
            - key: node-users
              path: node-users
      {{- end }}
      {{- if $hasLogin }}
      - secret:
          name: {{ $login.secret | quote }}
          items:
            - key: {{ index $login.keys $login.type | quote }}
              path: {{ $login.type }}
      {{- end }}
      {{- if $tls.existingSecret }}
      - secret:
          name: {{ $tls.existingSecret | quote }}
          items:
            {{- if $tls.secretKeys.ca }}
            - key: {{ $tls.secretKeys.ca | quote }}
              path: ca.crt
            {{- end }}
            {{- if $tls.clientCertificate }}
            - key: {{ $tls.secretKeys.cert | quote }}
              path: tls.crt
            - key: {{ $tls.secretKeys.key | quote }}
              path: tls.key
            {{- end }}
      {{- end }}
{{- end -}}
{{- end -}}

{{- define "warm-images.natsMount" -}}
{{- if include "warm-images.natsVolume" . -}}
- name: nats
  mountPath: /etc/warm-images/nats
  readOnly: true
{{- end -}}
{{- end -}}
