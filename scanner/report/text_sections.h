// The parts of the text report. Each appends its lines, or nothing when there is nothing to say.
#pragma once

#include <span>

#include "scanner/model/report.h"
#include "scanner/report/text_layout.h"

namespace counterscan {

// Where the lines of the report's body have their text.
inline constexpr std::size_t kTextColumn = 16;
// Where sections that list by reason have the reasons, and what belongs to one.
inline constexpr std::size_t kReasonColumn = 4;
inline constexpr std::size_t kReasonTextColumn = 8;

// Target, repository, the Hub's source and age, engines and their signatures, what was switched off
// and accepted.
void AppendHeadline(TextLayout& layout, const Report& report);

// One file of `report` with findings, or one that the Hub flags.
void AppendFlaggedFile(TextLayout& layout, const Report& report, const FileReport& file);

// What a scanner of the Hub and we see differently in one file.
void AppendDisagreements(TextLayout& layout, const HubView& hub);

// The same of files that neither side flags.
void AppendQuietDifferences(TextLayout& layout, const Report& report);

// What the Hub says besides about files that neither side flags: flags that may mean one of them,
// contradictions, and what its word does not cover.
void AppendHubNotes(TextLayout& layout, const Report& report);

// Everything nobody could speak for, by reason.
void AppendGaps(TextLayout& layout, const Report& report);

// Who looked at which bytes, of the files that have a map.
void AppendCoverage(TextLayout& layout, const Report& report);

// What each file imports, harmless names too.
void AppendImports(TextLayout& layout, const Report& report);

// One word for all of it, and the exit status in words.
void AppendBottomLine(TextLayout& layout, const Report& report);

}  // namespace counterscan
