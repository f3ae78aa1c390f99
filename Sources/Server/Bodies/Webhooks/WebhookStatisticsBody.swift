import HooklinePrimitives
import HooklineWebhooks

/// How deliveries went, as it is answered. Rates are percent of all deliveries.
enum WebhookStatisticsBody {
    static func json(_ statistics: WebhookStatistics) -> JSON {
        [
            "total_subscriptions": JSON(statistics.totalSubscriptions),
            "active_subscriptions": JSON(statistics.activeSubscriptions),
            "total_deliveries": JSON(statistics.totalDeliveries),
            "successful_deliveries": JSON(statistics.successfulDeliveries),
            "failed_deliveries": JSON(statistics.failedDeliveries),
            "pending_deliveries": JSON(statistics.pendingDeliveries),
            "success_rate": JSON(statistics.successRate),
            "waiting_events": JSON(statistics.waitingEvents),
        ]
    }

    static func json(_ statistics: SubscriptionStatistics) -> JSON {
        [
            "total_deliveries": JSON(statistics.total),
            "successful_deliveries": JSON(statistics.successful),
            "failed_deliveries": JSON(statistics.failed),
            "pending_deliveries": JSON(statistics.pending),
            "success_rate": JSON(statistics.successRate),
            "attempts": JSON(statistics.attempts),
            "failing_since": JSON(statistics.failingSince),
            "latency_milliseconds": JSON(statistics.latency.map(latency)),
        ]
    }

    static func json(_ undelivered: Undelivered) -> JSON {
        [
            "pending": JSON(undelivered.pending),
            "failed": JSON(undelivered.failed),
            "reasons": .array(
                undelivered.reasons.map { ["reason": .string($0.reason), "count": JSON($0.count)] }
            ),
            "hold": JSON(undelivered.hold),
        ]
    }

    private static func latency(_ quantiles: LatencyQuantiles) -> JSONObject {
        [
            "attempts": JSON(quantiles.attempts),
            "p50": .number(quantiles.p50),
            "p90": .number(quantiles.p90),
            "p95": .number(quantiles.p95),
            "p99": .number(quantiles.p99),
            "maximum": .number(quantiles.maximum),
        ]
    }
}
