DROP INDEX `audit_entries_at`;--> statement-breakpoint
DROP INDEX `audit_entries_subject`;--> statement-breakpoint
DROP INDEX `audit_entries_actor`;--> statement-breakpoint
DROP INDEX `audit_entries_account`;--> statement-breakpoint
ALTER TABLE `audit_entries` ADD `latest_at` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `audit_entries` SET `latest_at` = `so_far`.`latest` FROM (
	SELECT `seq`, max(`at`) OVER (ORDER BY `seq`) AS `latest` FROM `audit_entries`
) AS `so_far` WHERE `so_far`.`seq` = `audit_entries`.`seq`;--> statement-breakpoint
CREATE INDEX `audit_entries_latest_at` ON `audit_entries` (`latest_at`);--> statement-breakpoint
CREATE INDEX `audit_entries_subject` ON `audit_entries` (`subject`);--> statement-breakpoint
CREATE INDEX `audit_entries_actor` ON `audit_entries` (`actor_name`);--> statement-breakpoint
CREATE INDEX `audit_entries_account` ON `audit_entries` (`account_id`);