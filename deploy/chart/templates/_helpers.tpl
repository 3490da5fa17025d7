{{- define "voltyard.name" -}}
{{- if contains "voltyard" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-voltyard" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "voltyard.selector" -}}
app.kubernetes.io/name: voltyard
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "voltyard.labels" -}}
{{ include "voltyard.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{/* Not app.kubernetes.io/managed-by: by that the server knows what it has made itself. */ -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "voltyard.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "voltyard.workerImage" -}}
{{ .Values.workers.image.repository }}:{{ .Values.workers.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* True where there are nodes. */}}
{{- define "voltyard.hasNodes" -}}
{{- if or (gt (int .Values.nodes.replicas) 0) .Values.nodes.autoscaling.enabled -}}true{{- end -}}
{{- end -}}

{{/* A pod's name is a node's, of at most 48 characters, 17 of which Kubernetes adds. */}}
{{- define "voltyard.nodeName" -}}
{{- printf "%s-node" (include "voltyard.name" . | trunc 25 | trimSuffix "-") -}}
{{- end -}}

{{/* The label of what takes chargers and answers REST: the server, and nodes. */}}
{{- define "voltyard.serves" -}}
{{ include "voltyard.selector" . }}
voltyard/serves: "true"
{{- end -}}

{{/* True where the pod has a claim; else what is in /data goes with the pod. */}}
{{- define "voltyard.hasClaim" -}}
{{- if or .Values.persistence.enabled .Values.persistence.existingClaim -}}true{{- end -}}
{{- end -}}

{{/* Nothing in a pod needs a right beyond its own files. */}}
{{- define "voltyard.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "voltyard.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "voltyard.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "voltyard.ofLostNodes" -}}
- { key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: {{ . }} }
- { key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: {{ . }} }
{{- end -}}

{{- define "voltyard.bus" -}}
- name: VOLTYARD_BUS_NAME
  value: {{ .Values.bus.name | quote }}
{{- if .Values.bus.plain }}
- name: VOLTYARD_BUS_PLAIN
  value: "true"
{{- end }}
{{- end -}}

{{/* What server and nodes are told alike. */}}
{{- define "voltyard.serving" -}}
{{- $v := .Values -}}
- name: VOLTYARD_HOST
  value: 0.0.0.0
- name: VOLTYARD_PUBLIC_OCPP_URL
  value: {{ $v.ocpp.publicUrl | default (printf "%s://%s-ocpp:%v/ocpp" (ternary "wss" "ws" (ne $v.ocpp.tlsSecret "")) (include "voltyard.name" .) $v.ocpp.service.port) | quote }}
{{- if $v.database.existingSecret }}
- name: VOLTYARD_DATABASE_URL
  valueFrom:
    secretKeyRef: { name: {{ $v.database.existingSecret }}, key: {{ $v.database.key }} }
{{- end }}
{{- if $v.authority.existingSecret }}
- name: VOLTYARD_CA_CERTIFICATE
  value: /run/voltyard/authority/tls.crt
- name: VOLTYARD_CA_KEY
  value: /run/voltyard/authority/tls.key
{{- else if or (include "voltyard.hasNodes" .) (not (include "voltyard.hasClaim" .)) }}
# An authority that goes with the pod would leave chargers with certificates of nobody, and nodes
# could not sign with one that is on the server's claim.
- name: VOLTYARD_OWN_CA
  value: "false"
{{- end }}
{{- if $v.ocpp.tlsSecret }}
- name: VOLTYARD_OCPP_TLS_CERTIFICATE
  value: /run/voltyard/ocpp/tls.crt
- name: VOLTYARD_OCPP_TLS_KEY
  value: /run/voltyard/ocpp/tls.key
{{- end }}
{{- if $v.ocpp.clientCaSecret }}
- name: VOLTYARD_OCPP_CLIENT_CA
  value: /run/voltyard/client-ca/ca.crt
{{- end }}
{{- with $v.trustedProxies }}
- name: VOLTYARD_TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- end -}}

{{/* A setting of one's own, as an environment variable. */}}
{{- define "voltyard.setting" -}}
- name: VOLTYARD_{{ .name }}
  value: {{ ternary .value (toJson .value) (kindIs "string" .value) | quote }}
{{- end -}}

{{- define "voltyard.servingMounts" -}}
- { name: temporary, mountPath: /tmp }
{{- if .Values.authority.existingSecret }}
- { name: authority, mountPath: /run/voltyard/authority, readOnly: true }
{{- end }}
{{- if .Values.ocpp.tlsSecret }}
- { name: ocpp-tls, mountPath: /run/voltyard/ocpp, readOnly: true }
{{- end }}
{{- if .Values.ocpp.clientCaSecret }}
- { name: client-ca, mountPath: /run/voltyard/client-ca, readOnly: true }
{{- end }}
{{- end -}}

{{- define "voltyard.servingVolumes" -}}
- { name: temporary, emptyDir: {} }
{{- with .Values.authority.existingSecret }}
- { name: authority, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- with .Values.ocpp.tlsSecret }}
- { name: ocpp-tls, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- with .Values.ocpp.clientCaSecret }}
- { name: client-ca, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- end -}}

{{/* What would end in a server that does not start, or in one that loses data, is refused here. */}}
{{- define "voltyard.check" -}}
{{- $v := .Values -}}
{{- $files := include "voltyard.hasClaim" . -}}
{{- if not $v.token.existingSecret -}}
{{- fail "token.existingSecret: name a Secret with the first admin key" -}}
{{- end -}}
{{- if not $v.database.existingSecret -}}
{{- if not $files -}}
{{- fail "persistence.enabled: SQLite needs a claim, or database.existingSecret a URL of PostgreSQL" -}}
{{- end -}}
{{- if gt (int $v.replicas) 1 -}}
{{- fail "replicas: a standby needs PostgreSQL (database.existingSecret)" -}}
{{- end -}}
{{- else if and (gt (int $v.replicas) 1) $files -}}
{{- fail "persistence.enabled: two servers cannot share a claim; switch it off, and name authority.existingSecret if chargers ask for certificates" -}}
{{- end -}}
{{- if ne $v.provider "inline" -}}
{{- if not (and $v.bus.gatewaySecret $v.bus.workerSecret) -}}
{{- fail (printf "bus.gatewaySecret, bus.workerSecret: the provider %s needs both" $v.provider) -}}
{{- end -}}
{{- end -}}
{{- $nodes := include "voltyard.hasNodes" . -}}
{{- if $nodes -}}
{{- if not $v.database.existingSecret -}}
{{- fail "nodes: they need PostgreSQL (database.existingSecret)" -}}
{{- end -}}
{{- if not $v.bus.gatewaySecret -}}
{{- fail "nodes: they need a bus (bus.gatewaySecret)" -}}
{{- end -}}
{{- end -}}
{{- if and $v.ocpp.clientCaSecret (not $v.ocpp.tlsSecret) -}}
{{- fail "ocpp.clientCaSecret: certificates of chargers need ocpp.tlsSecret, too" -}}
{{- end -}}
{{- $drain := float64 (dig "DRAIN_S" 5 $v.settings) -}}
{{- $closes := ternary (float64 (dig "OCPP_CLOSES_WITHIN_S" 60 $v.settings)) $drain (gt (float64 (dig "OCPP_CLOSES_PER_S" 0 $v.settings)) 0.0) -}}
{{- $longest := addf $drain (maxf $drain $closes) -}}
{{- if le (float64 $v.terminationGracePeriodSeconds) $longest -}}
{{- fail (printf "terminationGracePeriodSeconds: must be above %v, which an end may take (DRAIN_S, OCPP_CLOSES_WITHIN_S)" $longest) -}}
{{- end -}}
{{- $longest = addf $longest (ternary (float64 $v.nodes.preStopSeconds) 0.0 (ne $nodes "")) -}}
{{- if le (float64 $v.terminationGracePeriodSeconds) $longest -}}
{{- fail (printf "terminationGracePeriodSeconds: must be above %v, which the end of a node may take (nodes.preStopSeconds, DRAIN_S, OCPP_CLOSES_WITHIN_S)" $longest) -}}
{{- end -}}
{{- range $name, $value := $v.settings -}}
{{- if hasPrefix "VOLTYARD_" $name -}}
{{- fail (printf "settings: %s without VOLTYARD_ before it" $name) -}}
{{- end -}}
{{- if has $name (list "TOKEN" "DATABASE_URL" "BUS_URL" "BUS_NAME" "BUS_PLAIN" "NODES" "NODE_NAME" "STANDBY" "PROVIDER" "WORKERS" "HOST" "PORT" "OCPP_PORT" "DATA") -}}
{{- fail (printf "settings: %s is set by the chart; see values.yaml" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
