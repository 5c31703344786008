DROP INDEX `webhook_deliveries_due_of`;--> statement-breakpoint
CREATE INDEX `webhook_deliveries_due_of` ON `webhook_deliveries` (`status`,`account_id`,`environment`,`next_attempt_at`);