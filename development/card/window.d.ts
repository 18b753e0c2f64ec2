/** Where the frontend looks for cards and strategies. */
interface Window {
	customCards?: any[];
	customStrategies?: any[];
}
