CREATE TABLE `rate_window_chunks` (
	`id` integer PRIMARY KEY NOT NULL,
	`limiter` text NOT NULL,
	`windows` text NOT NULL,
	`admitted` blob NOT NULL
);
--> statement-breakpoint
INSERT INTO `rate_window_chunks` (`limiter`, `windows`, `admitted`)
	SELECT `limiter`, json_group_array(json_array(`subject`, (length(`admitted`) - 8) / 4)), unhex(group_concat(hex(`admitted`), ''))
	FROM `rate_windows` GROUP BY `limiter`, rowid / 500;--> statement-breakpoint
DROP TABLE `rate_windows`;