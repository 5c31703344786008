DROP INDEX `tasks_listing`;--> statement-breakpoint
DROP INDEX `tasks_open`;--> statement-breakpoint
CREATE INDEX `tasks_of_status` ON `tasks` (`account_id`,`environment`,`status`,`created_at`,`id`,`kind`,`category`);--> statement-breakpoint
CREATE INDEX `tasks_worker` ON `tasks` (`worker_id`,`status`);--> statement-breakpoint
CREATE INDEX `tasks_listing` ON `tasks` (`account_id`,`environment`,`created_at`,`id`,`kind`,`status`,`category`);--> statement-breakpoint
CREATE INDEX `tasks_open` ON `tasks` (`environment`,`status`,`latitude`,`longitude`,`created_at`,`id`);--> statement-breakpoint
PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE `__new_webhook_targets` (
	`account_id` text NOT NULL,
	`environment` text NOT NULL,
	`url` text NOT NULL,
	`events` text,
	`secret` blob NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`account_id`, `environment`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
INSERT INTO `__new_webhook_targets`("account_id", "environment", "url", "events", "secret", "created_at", "updated_at") SELECT "account_id", "each"."environment", "url", "events", "secret", "created_at", "updated_at" FROM `webhook_targets` CROSS JOIN (SELECT 'live' AS "environment" UNION ALL SELECT 'test') AS "each";--> statement-breakpoint
DROP TABLE `webhook_targets`;--> statement-breakpoint
ALTER TABLE `__new_webhook_targets` RENAME TO `webhook_targets`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE INDEX `proofs_file` ON `proofs` (`file_name`);