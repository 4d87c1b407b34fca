extension Recipe {
    /// The names of the built-in recipes, sorted.
    public static var builtInNames: [String] { builtIn.keys.sorted() }

    /// A built-in recipe.
    /// - Throws: `RecipeError.unknownName`.
    public static func named(_ name: String) throws -> Recipe {
        guard let yaml = yaml(named: name) else {
            throw RecipeError.unknownName(name, known: builtInNames)
        }
        return try Recipe(yaml: yaml, name: name)
    }

    /// The YAML of a built-in recipe, as a start for one's own.
    public static func yaml(named name: String) -> String? {
        builtIn[name].map { String(decoding: $0, as: UTF8.self) }
    }

    /// The files of `BuiltIn/`, which the build puts into the library.
    private static let builtIn: [String: [UInt8]] = [
        "bbc-news": PackageResources.bbc_news_yml,
        "billsum": PackageResources.billsum_yml,
        "cnn-dailymail": PackageResources.cnn_dailymail_yml,
        "debian": PackageResources.debian_yml,
        "dialogsum": PackageResources.dialogsum_yml,
        "generic": PackageResources.generic_yml,
        "gigaword": PackageResources.gigaword_yml,
        "mediawiki": PackageResources.mediawiki_yml,
        "medline": PackageResources.medline_yml,
        "multi-news": PackageResources.multi_news_yml,
        "opinosis": PackageResources.opinosis_yml,
        "pmc": PackageResources.pmc_yml,
        "pubmed-arxiv": PackageResources.pubmed_arxiv_yml,
        "qmsum": PackageResources.qmsum_yml,
        "samsum": PackageResources.samsum_yml,
        "scisummnet": PackageResources.scisummnet_yml,
        "scitldr": PackageResources.scitldr_yml,
        "squality": PackageResources.squality_yml,
        "squality-html": PackageResources.squality_html_yml,
        "tldr": PackageResources.tldr_yml,
        "tldr-trl": PackageResources.tldr_trl_yml,
        "webis-tldr-17": PackageResources.webis_tldr_17_yml,
        "wikihow": PackageResources.wikihow_yml,
        "xsum": PackageResources.xsum_yml,
    ]
}
