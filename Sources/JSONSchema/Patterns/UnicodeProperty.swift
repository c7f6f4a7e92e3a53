/// The properties of `\p{…}` in ECMA-262, in PCRE2's names.
enum UnicodeProperty {
    /// The general categories, by each of their names.
    private static let categories: [String: String] = {
        var names: [String: String] = [:]
        let table = """
            L Letter,LC Cased_Letter,Lu Uppercase_Letter,Ll Lowercase_Letter,Lt Titlecase_Letter,Lm Modifier_Letter,\
            Lo Other_Letter,M Mark Combining_Mark,Mn Nonspacing_Mark,Mc Spacing_Mark,Me Enclosing_Mark,N Number,\
            Nd Decimal_Number digit,Nl Letter_Number,No Other_Number,P Punctuation punct,Pc Connector_Punctuation,\
            Pd Dash_Punctuation,Ps Open_Punctuation,Pe Close_Punctuation,Pi Initial_Punctuation,Pf Final_Punctuation,\
            Po Other_Punctuation,S Symbol,Sm Math_Symbol,Sc Currency_Symbol,Sk Modifier_Symbol,So Other_Symbol,\
            Z Separator,Zs Space_Separator,Zl Line_Separator,Zp Paragraph_Separator,C Other,Cc Control cntrl,Cf Format,\
            Cs Surrogate,Co Private_Use,Cn Unassigned
            """
        for row in table.split(separator: ",") {
            let words = row.split(separator: " ")
            for word in words { names[String(word)] = words[0] == "LC" ? "L&" : String(words[0]) }
        }
        return names
    }()

    /// The binary properties that both know.
    private static let binary: Set<Substring> = Set(
        """
        ASCII AHex ASCII_Hex_Digit Alpha Alphabetic Any Bidi_C Bidi_Control Bidi_M Bidi_Mirrored CI Case_Ignorable \
        Cased CWCF Changes_When_Casefolded CWCM Changes_When_Casemapped CWL Changes_When_Lowercased CWT \
        Changes_When_Titlecased CWU Changes_When_Uppercased Dash DI Default_Ignorable_Code_Point Dep Deprecated Dia \
        Diacritic Emoji EComp Emoji_Component EMod Emoji_Modifier EBase Emoji_Modifier_Base EPres Emoji_Presentation \
        ExtPict Extended_Pictographic Ext Extender Gr_Base Grapheme_Base Gr_Ext Grapheme_Extend Hex Hex_Digit IDSB \
        IDS_Binary_Operator IDST IDS_Trinary_Operator IDC ID_Continue IDS ID_Start Ideo Ideographic Join_C \
        Join_Control LOE Logical_Order_Exception Lower Lowercase Math NChar Noncharacter_Code_Point Pat_Syn \
        Pattern_Syntax Pat_WS Pattern_White_Space QMark Quotation_Mark Radical RI Regional_Indicator SD Soft_Dotted \
        STerm Sentence_Terminal Term Terminal_Punctuation UIdeo Unified_Ideograph Upper Uppercase VS \
        Variation_Selector space White_Space XIDC XID_Continue XIDS XID_Start
        """.split(separator: " "))

    /// PCRE2's name of the property in `\p{…}`; nil if ECMA-262 has no such property. A script's name is only checked
    /// by PCRE2.
    static func translated(_ text: String) -> String? {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return categories[text] ?? (binary.contains(text[...]) ? text : nil) }
        switch parts[0] {
        case "General_Category", "gc": return categories[String(parts[1])]
        case "Script", "sc": return isName(parts[1]) ? "sc:\(parts[1])" : nil
        case "Script_Extensions", "scx": return isName(parts[1]) ? "scx:\(parts[1])" : nil
        default: return nil
        }
    }

    private static func isName(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 == 0x5F || ($0 | 0x20) &- 0x61 < 26 }
    }
}
