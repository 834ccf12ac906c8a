/** Outlier detection, with Envoy's defaults. */
import { millisecondsOr } from '../duration.ts'
import type { OutlierDetection } from '../gen/envoy/config/cluster/v3/outlier_detection_pb.ts'
import type { OutlierConfig } from '../types.ts'

const DEFAULT_INTERVAL = 10_000
const DEFAULT_BASE_EJECTION_TIME = 30_000
const DEFAULT_MAX_EJECTION_TIME = 300_000

/** A checked outlier detection. */
export function buildOutlier(detection: OutlierDetection): OutlierConfig {
  const baseEjectionTime = millisecondsOr(detection.baseEjectionTime, DEFAULT_BASE_EJECTION_TIME)
  return {
    interval: millisecondsOr(detection.interval, DEFAULT_INTERVAL),
    baseEjectionTime,
    maxEjectionTime: millisecondsOr(detection.maxEjectionTime, Math.max(DEFAULT_MAX_EJECTION_TIME, baseEjectionTime)),
    maxEjectionTimeJitter: millisecondsOr(detection.maxEjectionTimeJitter, 0),
    maxEjectionPercent: detection.maxEjectionPercent ?? 10,
    alwaysEjectOne: detection.alwaysEjectOneHost ?? false,
    splitsLocalOrigin: detection.splitExternalLocalOriginErrors,
    unejectsOnHealthCheck: detection.successfulActiveHealthCheckUnejectHost ?? true,
    consecutive5xx: detection.consecutive5xx ?? 5,
    consecutiveGatewayFailure: detection.consecutiveGatewayFailure ?? 5,
    consecutiveLocalOriginFailure: detection.consecutiveLocalOriginFailure ?? 5,
    successRate: {
      minimumHosts: detection.successRateMinimumHosts ?? 5,
      requestVolume: detection.successRateRequestVolume ?? 100,
      stdevFactor: (detection.successRateStdevFactor ?? 1900) / 1000,
    },
    failurePercentage: {
      minimumHosts: detection.failurePercentageMinimumHosts ?? 5,
      requestVolume: detection.failurePercentageRequestVolume ?? 50,
      threshold: detection.failurePercentageThreshold ?? 85,
    },
    enforcing: buildEnforcing(detection),
  }
}

function buildEnforcing(detection: OutlierDetection): OutlierConfig['enforcing'] {
  return {
    consecutive_5xx: detection.enforcingConsecutive5xx ?? 100,
    consecutive_gateway_failure: detection.enforcingConsecutiveGatewayFailure ?? 0,
    consecutive_local_origin_failure: detection.enforcingConsecutiveLocalOriginFailure ?? 100,
    success_rate: detection.enforcingSuccessRate ?? 100,
    local_origin_success_rate: detection.enforcingLocalOriginSuccessRate ?? 100,
    failure_percentage: detection.enforcingFailurePercentage ?? 0,
    local_origin_failure_percentage: detection.enforcingFailurePercentageLocalOrigin ?? 0,
  }
}
